Invariant: edu-sr-1
Description: "A draft is a proposal, and a proposal is a draft or was made in error"
Severity: #error
Expression: "(status = 'draft') = (intent = 'proposal') or status = 'entered-in-error'"

Invariant: edu-sr-2
Description: "A request inside a plan is basedOn other requests, never on the plan itself"
Severity: #error
Expression: "basedOn.reference.all(matches('^(urn:uuid:.+|#.+|(.+/)?ServiceRequest/.+)$'))"

Invariant: edu-sr-3
Description: "A request that was taken back says why"
Severity: #error
Expression: "status = 'revoked' implies extension('http://hl7.org/fhir/StructureDefinition/request-statusReason').exists()"

Invariant: edu-sr-4
Description: "The first code is a topic of ours"
Severity: #error
Expression: "code.coding.first().system = 'https://w3id.org/education-plan/fhir/CodeSystem/topic'"

// What a topic says, whether it is part of a plan or only proposed by $apply.
RuleSet: Topic
* insert Published
* insert SlicedCategory
* obeys edu-canonical and edu-subject and edu-sr-1 and edu-sr-2 and edu-sr-4
* extension contains
    ContentEditionExtension named edition 1..1 MS and
    http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal named pertainsToGoal 0..* MS
* instantiatesCanonical 1..1 MS
* basedOn only Reference(ServiceRequest)
* category 1..* MS
* category contains education 1..1
* category[education] = $sct#311401005
* code 1..1 MS
* code from EducationTopics (extensible)
* code.coding 1..*
* code.text 1..1
* subject only Reference(Patient)
* authoredOn 1..1 MS
* patientInstruction MS

Profile: EduTopicRequest
Parent: ServiceRequest
Id: edu-topic-request
Title: "Planned education topic"
Description: "One topic of a plan. Our own code stands first: SNOMED CT has one concept for several topics."
* insert Topic
* obeys edu-sr-3
* extension contains
    http://hl7.org/fhir/StructureDefinition/workflow-episodeOfCare named episodeOfCare 0..1 and
    http://hl7.org/fhir/StructureDefinition/request-statusReason named statusReason 0..1 MS
* identifier 1..* MS
* status MS
* intent MS
* reasonReference MS
* reasonCode MS

Profile: EduAppliedRequest
Parent: ServiceRequest
Id: edu-applied-request
Title: "Answer to $apply of a topic"
Description: "A transient proposal of one topic: it has no identity, and no reason, for a definition knows neither plan nor diagnosis."
* insert Topic
* identifier 0..0
* status = #draft
* intent = #proposal
* reasonCode 0..0
* reasonReference 0..0
