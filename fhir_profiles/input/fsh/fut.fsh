// The shape of the Danish FUT infrastructure (eHealth), by its published guide, release 6.0.0. Own
// wording; its package is on no public registry, so it is not a parent of these, and its
// extensions are named by their addresses only (docs/decisions/0020).

Profile: EduCarePlanFut
Parent: EduCarePlan
Id: edu-careplan-fut
Title: "Education plan in FUT's shape"
Description: "One episode of care and one Condition, topics as requests only, and no goals by reference: those of FUT are for measurements."
* insert Published
* extension[episodeOfCare] 1..1 MS
* basedOn 0..0
* replaces 0..0
* period 1..1
* addresses 1..1
* goal 0..0
* activity.reference only Reference(ServiceRequest)

Invariant: edu-fut-1
Description: "A request says by FUT's codes that it is an instruction"
Severity: #error
Expression: "code.coding.where(system = 'http://snomed.info/sct' and code = '409073007').exists()"

Invariant: edu-fut-2
Description: "A request says whether it is shared, and whether it is an extra"
Severity: #error
Expression: "extension('http://ehealth.sundhed.dk/fhir/StructureDefinition/ehealth-sharingPolicy').count() = 1 and extension('http://ehealth.sundhed.dk/fhir/StructureDefinition/ehealth-include-as-extra').count() = 1"

Profile: EduTopicRequestFut
Parent: EduTopicRequest
Id: edu-topic-request-fut
Title: "Planned education topic in FUT's shape"
Description: "One episode of care, a time, and no request that it is based on or replaces."
* insert Published
* obeys edu-fut-1 and edu-fut-2
* extension[episodeOfCare] 1..1 MS
* basedOn 0..0
* replaces 0..0
* occurrence[x] 1..1
* occurrence[x] only dateTime or Period

Invariant: edu-fut-3
Description: "A handout is of a type that FUT lists"
Severity: #error
Expression: "type.coding.where(system = 'http://loinc.org' and code = '69730-0').exists()"

Invariant: edu-fut-4
Description: "A handout is one of FUT's two kinds of material"
Severity: #error
Expression: "category.coding.where(system = 'http://ehealth.sundhed.dk/cs/material-category' and (code = 'general-material' or code = 'patient-specific-material')).count() = 1"

Profile: EduHandoutFut
Parent: EduHandout
Id: edu-handout-fut
Title: "Handout in FUT's shape"
Description: "Material for citizens, beside our own category."
* insert Published
* obeys edu-fut-3 and edu-fut-4
* category 1..1
* content 1..1

Invariant: edu-fut-5
Description: "An assignment says from when, once"
Severity: #error
Expression: "extension('http://ehealth.sundhed.dk/fhir/StructureDefinition/ehealth-period').count() = 1"

Invariant: edu-fut-6
Description: "An assignment is one by FUT's code"
Severity: #error
Expression: "category.coding.where(system = 'http://ehealth.sundhed.dk/cs/material-communication-category' and code = 'material-assignment').exists()"

Profile: EduHandoutCommunicationFut
Parent: EduHandoutCommunication
Id: edu-handout-communication-fut
Title: "Handout assigned to the patient, in FUT's shape"
Description: "What FUT calls material-communication: one episode of care, one period, one document."
* insert Published
* obeys edu-fut-5 and edu-fut-6
* extension[episodeOfCare] 1..1 MS
* category 1..1
