Invariant: edu-com-1
Description: "A topic that was not taught says why, and one that was taught does not"
Severity: #error
Expression: "(status = 'not-done' implies statusReason.exists()) and (status = 'completed' implies statusReason.empty())"

Invariant: edu-com-2
Description: "A topic that was taught says when and by whom"
Severity: #error
Expression: "status = 'completed' implies (sent.exists() and sender.exists())"

Invariant: edu-com-3
Description: "What was taught is basedOn a request of a plan"
Severity: #error
Expression: "basedOn.reference.all(matches('^(urn:uuid:.+|(.+/)?ServiceRequest/.+)$'))"

Invariant: edu-com-4
Description: "A recipient is a Patient, somebody close to one, or a Group"
Severity: #error
Expression: "recipient.reference.all(matches('^(urn:uuid:.+|(.+/)?(Patient|RelatedPerson|Group)/.+)$'))"

Invariant: edu-com-5
Description: "The sender is a clinician, or a Device"
Severity: #error
Expression: "sender.reference.all(matches('^(urn:uuid:.+|(.+/)?(Practitioner|PractitionerRole|Device)/.+)$'))"

Profile: EduTopicCommunicationAlone
Parent: Communication
Id: edu-topic-communication-alone
Title: "Topic taught or not taught, without a request"
Description: "One topic talked about in one visit, or why it was not, in a record that takes no requests."
* insert Published
* insert SlicedCategory
* obeys edu-canonical and edu-subject and edu-com-1 and edu-com-2 and edu-com-4 and edu-com-5
* extension contains
    ContentEditionExtension named edition 0..1 MS and
    LearningBarrierExtension named barrier 0..* and
    LearnerReadinessExtension named readiness 0..1 and
    InterpreterPresent named interpreter 0..1 and
    TeachingMinutes named minutes 0..1
* identifier 1..* MS
* instantiatesCanonical 1..1 MS
* status MS
* statusReason MS
* statusReason from NotTaughtReasons (extensible)
* category 2..* MS
* category contains topic 1..1 and instruction 1..1
* category[topic] = EducationCategory#education-topic
* category[instruction] = $communication-category#instruction
* medium MS
* medium from TeachingMethods (extensible)
* subject 1..1 MS
* subject only Reference(Patient)
* topic 1..1 MS
* topic from EducationTopics (extensible)
* topic.text 1..1
* encounter MS
* sent MS
* received MS
* recipient 1..* MS
* recipient only Reference(Patient or RelatedPerson or Group)
* sender MS
* sender only Reference(Practitioner or PractitionerRole or Device)
* reasonReference MS
* payload MS
* note MS

Profile: EduTopicCommunication
Parent: EduTopicCommunicationAlone
Id: edu-topic-communication
Title: "Topic taught or not taught"
Description: "One topic talked about in one visit, or why it was not; always of a request. What was understood is another resource: taught and understood are two facts."
* insert Published
* obeys edu-com-3
* basedOn 1..* MS

Invariant: edu-han-1
Description: "The recipient of a handout is the patient it is about"
Severity: #error
Expression: "recipient.reference = subject.reference"

Invariant: edu-han-2
Description: "A handout that was withdrawn says why"
Severity: #error
Expression: "status = 'stopped' implies statusReason.exists()"

Invariant: edu-han-3
Description: "The content of the payload is a DocumentReference"
Severity: #error
Expression: "payload.content.reference.all(matches('^(urn:uuid:.+|(.+/)?DocumentReference/.+)$'))"

Profile: EduHandoutCommunication
Parent: Communication
Id: edu-handout-communication
Title: "Handout assigned to the patient"
Description: "In the shape of the Danish FUT material-communication: in progress while the patient has it, received when it was first opened."
* insert Published
* insert SlicedCategory
* obeys edu-subject and edu-han-1 and edu-han-2 and edu-han-3
* extension contains
    ContentEditionExtension named edition 0..1 and
    HandoutAvailability named availability 0..1 MS and
    http://hl7.org/fhir/StructureDefinition/workflow-episodeOfCare named episodeOfCare 0..1
* identifier 1..* MS
* status MS
* category 1..* MS
* category contains handout 1..1
* category[handout] = EducationCategory#handout-assignment
* subject 1..1 MS
* subject only Reference(Patient)
* recipient 1..1 MS
* recipient only Reference(Patient)
* sent 1..1 MS
* received MS
* payload 1..1 MS
* payload.content[x] only Reference(DocumentReference)

Invariant: edu-que-1
Description: "The sender of a question is the patient whose it is"
Severity: #error
Expression: "sender.reference = subject.reference"

Profile: EduPatientQuestion
Parent: Communication
Id: edu-patient-question
Title: "Question of the patient for the next visit"
Description: "In the patient's words: in progress until it was talked about, stopped when the patient took it back."
* insert Published
* insert SlicedCategory
* obeys edu-subject and edu-que-1
* identifier 1..* MS
* status MS
* category 1..* MS
* category contains question 1..1
* category[question] = EducationCategory#patient-question
* subject 1..1 MS
* subject only Reference(Patient)
* sender 1..1 MS
* sender only Reference(Patient)
* sent 1..1 MS
* received MS
* payload 1..1 MS
* payload.content[x] only string
