Invariant: edu-canonical
Description: "The definition is named with its version: url|version"
Severity: #error
Expression: "instantiatesCanonical.all(matches('^[^|]+[|][^|]+$'))"

Invariant: edu-cp-1
Description: "An active or completed plan says since when"
Severity: #error
Expression: "(status = 'active' or status = 'completed') implies period.start.exists()"

Invariant: edu-cp-2
Description: "A draft is a proposal, and a proposal is a draft or was made in error"
Severity: #error
Expression: "(status = 'draft') = (intent = 'proposal') or status = 'entered-in-error'"

Invariant: edu-cp-3
Description: "A plan points at its requests by references of their kinds"
Severity: #error
Expression: "activity.reference.reference.all(matches('^(urn:uuid:.+|#.+|(.+/)?(ServiceRequest|Task|Appointment|RequestGroup|CommunicationRequest)/.+)$'))"

Profile: EduCarePlan
Parent: CarePlan
Id: edu-careplan
Title: "Education plan"
Description: "What is to be taught to one patient from one pack, over a course of visits. Each topic is a request of its own; what happened is pointed at, never written inside."
* insert Published
* insert SlicedCategory
* obeys edu-canonical and edu-subject and edu-cp-1 and edu-cp-2 and edu-cp-3
* extension contains
    ContentEditionExtension named edition 1..1 MS and
    http://hl7.org/fhir/StructureDefinition/workflow-episodeOfCare named episodeOfCare 0..1
* identifier 1..* MS
* instantiatesCanonical 1..1 MS
* status MS
* intent MS
* category 2..* MS
* category contains education 1..1 and plan 1..1
* category[education] = $sct#311401005
* category[plan] = EducationCategory#education-plan
* title 1..1 MS
* subject only Reference(Patient)
* subject MS
* encounter MS
* period MS
* created 1..1 MS
* author MS
* addresses MS
* supportingInfo MS
* goal MS
* activity 1..* MS
* activity.outcomeReference MS
* activity.reference 1..1 MS
* activity.reference only Reference(ServiceRequest or Task or Appointment or RequestGroup or CommunicationRequest)
* activity.detail 0..0

Profile: EduCarePlanInline
Parent: CarePlan
Id: edu-careplan-inline
Title: "Education plan with its topics inside"
Description: "The same plan for a record that takes a CarePlan and no ServiceRequest, as KL's gateways do."
* insert Published
* insert SlicedCategory
* obeys edu-canonical and edu-subject and edu-cp-1
* identifier 1..* MS
* instantiatesCanonical 1..1 MS
* category contains education 1..1
* category[education] = $sct#311401005
* title 1..1
* subject only Reference(Patient)
* created 1..1
* activity 1..* MS
* activity.reference 0..0
* activity.detail 1..1 MS
* activity.detail.kind 1..1
* activity.detail.kind = #ServiceRequest
* activity.detail.instantiatesCanonical 1..1
* activity.detail.code 1..1 MS
* activity.detail.code.text 1..1
* activity.detail.statusReason MS

Invariant: edu-ap-1
Description: "The one activity of an applied definition is a contained RequestGroup"
Severity: #error
Expression: "activity.reference.reference.all(startsWith('#')) and contained.ofType(RequestGroup).count() = 1"

Profile: EduAppliedCarePlan
Parent: CarePlan
Id: edu-applied-careplan
Title: "Answer to $apply"
Description: "A transient proposal in R4 form: one activity, a RequestGroup, whose actions point at contained requests."
* insert Published
* obeys edu-canonical and edu-subject and edu-ap-1
* extension contains http://hl7.org/fhir/StructureDefinition/cqf-messages named messages 0..1 MS
* contained 1..*
* instantiatesCanonical 1..1
* status = #draft
* intent = #proposal
* subject only Reference(Patient)
* activity 1..1
* activity.reference 1..1
* activity.detail 0..0
