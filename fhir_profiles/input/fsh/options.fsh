Invariant: edu-pro-1
Description: "A topic that was taught says when"
Severity: #error
Expression: "status = 'completed' implies performed.exists()"

Invariant: edu-pro-2
Description: "A topic that was not taught says why"
Severity: #error
Expression: "status = 'not-done' implies statusReason.exists()"

Profile: EduProcedure
Parent: Procedure
Id: edu-procedure
Title: "Topic taught or not taught, as a procedure"
Description: "The same event for a record that takes no Communication. Based on its request where the record takes requests."
* insert Published
* obeys edu-canonical and edu-subject and edu-pro-1 and edu-pro-2
* identifier 1..* MS
* instantiatesCanonical 1..1
* basedOn MS
* status MS
* statusReason MS
* category 1..1 MS
* category = $sct#311401005
* code 1..1 MS
* code from EducationTopics (extensible)
* code.text 1..1
* subject only Reference(Patient)
* encounter MS
* performed[x] MS
* performer 1..* MS
* note MS

Invariant: edu-task-1
Description: "The focus is a DocumentReference"
Severity: #error
Expression: "focus.reference.all(matches('^(urn:uuid:.+|(.+/)?DocumentReference/.+)$'))"

Invariant: edu-task-2
Description: "It is for a Patient"
Severity: #error
Expression: "for.reference.all(matches('^(urn:uuid:.+|(.+/)?Patient/.+)$'))"

Invariant: edu-task-3
Description: "The owner is a Patient, or somebody close to one"
Severity: #error
Expression: "owner.reference.all(matches('^(urn:uuid:.+|(.+/)?(Patient|RelatedPerson)/.+)$'))"

Profile: EduReviewTask
Parent: Task
Id: edu-review-task
Title: "Task for the patient: read the handout"
Description: "For a record that shows patients their tasks. Off unless a clinic asks for it."
* insert Published
* obeys edu-task-1 and edu-task-2 and edu-task-3
* identifier 1..* MS
* status MS
* intent = #order
* code 1..1 MS
* code.text 1..1
* focus 1..1 MS
* focus only Reference(DocumentReference)
* for 1..1 MS
* for only Reference(Patient)
* authoredOn 1..1 MS
* owner 1..1 MS
* owner only Reference(Patient or RelatedPerson)
