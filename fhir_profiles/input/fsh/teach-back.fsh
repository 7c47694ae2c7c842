Invariant: edu-tb-1
Description: "A teach-back is basedOn a request or a plan"
Severity: #error
Expression: "basedOn.reference.all(matches('^(urn:uuid:.+|(.+/)?(ServiceRequest|CarePlan)/.+)$'))"

Profile: EduTeachBackAlone
Parent: Observation
Id: edu-teach-back-alone
Title: "Teach-back result, without a request"
Description: "What the patient could explain in their own words, at one moment, in a record that takes no requests. Its code says of which topic; where teaching is a Procedure, it is part of that."
* insert Published
* obeys edu-subject
* partOf MS
* status MS
* category 1..*
* code 1..1 MS
* code from KnowledgeLevels (extensible)
* code.text 1..1
* subject 1..1 MS
* subject only Reference(Patient)
* encounter MS
* effective[x] 1..1 MS
* performer 1..* MS
* value[x] 1..1 MS
* value[x] only CodeableConcept
* value[x] from TeachBackResults (required)
* method MS
* derivedFrom MS
* note MS

Profile: EduTeachBack
Parent: EduTeachBackAlone
Id: edu-teach-back
Title: "Teach-back result"
Description: "What the patient could explain in their own words, at one moment. Several tries are several Observations."
* insert Published
* obeys edu-tb-1
* basedOn 1..* MS
* basedOn only Reference(ServiceRequest or CarePlan)

Invariant: edu-vo-1
Description: "What was noticed of mood is labelled as restricted"
Severity: #error
Expression: "code.coding.where(code = 'mood-and-strategies').exists() implies meta.security.where(code = 'R').exists()"

Invariant: edu-vo-2
Description: "What was noted in a visit is basedOn its plan"
Severity: #error
Expression: "basedOn.reference.all(matches('^(urn:uuid:.+|(.+/)?CarePlan/.+)$'))"

Profile: EduVisitObservationAlone
Parent: Observation
Id: edu-visit-observation-alone
Title: "Noted in a visit, without a plan"
Description: "Mood and strategies, or the job situation, as the clinician noted them, in a record that takes no plans. Mood is for clinicians only."
* insert Published
* obeys edu-subject and edu-vo-1
* identifier 1..* MS
* status MS
* category 1..*
* code MS
* code from VisitObservations (required)
* subject 1..1 MS
* subject only Reference(Patient)
* encounter 1..1 MS
* effective[x] 1..1 MS
* performer 1..* MS
* component MS
* note MS

Profile: EduVisitObservation
Parent: EduVisitObservationAlone
Id: edu-visit-observation
Title: "Noted in a visit"
Description: "Mood and strategies, or the job situation, as the clinician noted them. Mood is for clinicians only."
* insert Published
* obeys edu-vo-2
* basedOn 1..* MS
* basedOn only Reference(CarePlan)

Profile: EduTeachBackQuestionnaire
Parent: Questionnaire
Id: edu-teach-back-questionnaire
Title: "Form for a teach-back"
Description: "Open questions to the patient, answered in their own words; the clinician notes how it went."
* insert Published
* url 1..1
* version 1..1
* title 1..1
* subjectType 1..1
* subjectType = #Patient
* item 1..*
* item.text 1..1

Profile: EduTeachBackResponse
Parent: QuestionnaireResponse
Id: edu-teach-back-response
Title: "Filled-in form of a teach-back"
Description: "What the patient said, and how it went."
* insert Published
* obeys edu-subject and edu-tb-1
* questionnaire 1..1
* basedOn 1..*
* basedOn only Reference(ServiceRequest or CarePlan)
* subject 1..1
* subject only Reference(Patient)
* authored 1..1
* author 1..1
* item 1..*

Instance: teach-back
InstanceOf: EduTeachBackQuestionnaire
Usage: #definition
Title: "Teach-back"
* language = #da
* url = "https://w3id.org/education-plan/fhir/Questionnaire/teach-back"
* version = "0.1.0"
* name = "TeachBack"
* title = "Tilbagemelding med egne ord"
* status = #draft
* experimental = false
* publisher = "The education-plan service project"
* subjectType = #Patient
* item[0].linkId = "own-words"
* item[0].text = "Hvad sagde patienten med egne ord?"
* item[0].type = #text
* item[+].linkId = "result"
* item[=].text = "Hvordan gik det?"
* item[=].type = #choice
* item[=].required = true
* item[=].answerValueSet = "https://w3id.org/education-plan/fhir/ValueSet/teach-back-results"
* item[+].linkId = "again"
* item[=].text = "Hvad skal gøres tydeligere næste gang?"
* item[=].type = #text
