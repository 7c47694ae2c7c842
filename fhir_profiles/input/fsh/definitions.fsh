Profile: EduPlanDefinition
Parent: PlanDefinition
Id: edu-plandefinition
Title: "Content pack"
Description: "One version of one pack. Citizens read title, subtitle and description; clinicians read usage and purpose."
* insert Published
* url 1..1
* version 1..1
* name 1..1
* title 1..1
* type 1..1
* type = $plan-type#order-set
* date 1..1
* publisher 1..1
* description 1..1
* usage 1..1
* copyright 1..1
* useContext MS
* topic 1..*
* library 1..1
* action 1..*
* action.title 1..1
* action.code 1..*
* action.definition[x] 1..1
* action.definition[x] only canonical
* action.condition 0..0
* action.trigger 0..0

Profile: EduActivityDefinition
Parent: ActivityDefinition
Id: edu-activitydefinition
Title: "One topic of a pack"
Description: "What $apply makes a planned topic of."
* insert Published
* url 1..1
* version 1..1
* name 1..1
* title 1..1
* copyright 1..1
* useContext MS
* kind 1..1
* kind = #ServiceRequest
* profile 1..1
* profile = "https://w3id.org/education-plan/fhir/StructureDefinition/edu-applied-request"
* intent 1..1
* intent = #proposal
* code 1..1
* code from EducationTopics (extensible)
* relatedArtifact MS

Profile: EduLibrary
Parent: Library
Id: edu-library
Title: "Manifest of a pack"
Description: "All that one version of a pack is made of, and the hash of the files it was read from."
* insert Published
* url 1..1
* version 1..1
* name 1..1
* title 1..1
* type = $library-type#asset-collection
* date 1..1
* publisher 1..1
* copyright 1..1
* relatedArtifact 1..*
* content 1..1
* content.extension contains ContentSha256Extension named sha256 1..1

Invariant: edu-bun-1
Description: "Whatever is posted is posted once: by ifNoneExist, or by a conditional update"
Severity: #error
Expression: "entry.all((request.method = 'POST' and request.ifNoneExist.exists()) or (request.method = 'PUT' and request.url.contains('?')))"

Invariant: edu-bun-2
Description: "There is one plan and one Provenance in it"
Severity: #error
Expression: "entry.resource.ofType(CarePlan).count() = 1 and entry.resource.ofType(Provenance).count() = 1"

Profile: EduTransactionBundle
Parent: Bundle
Id: edu-transaction-bundle
Title: "A plan as one transaction"
Description: "The answer to an encounter, as a record can post it, and post it again."
* insert Published
* obeys edu-bun-1 and edu-bun-2
* identifier 1..1
* type = #transaction
* timestamp 1..1
* entry 1..*
* entry.fullUrl 1..1
* entry.resource 1..1
* entry.request 1..1
