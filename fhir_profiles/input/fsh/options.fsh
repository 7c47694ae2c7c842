Profile: EduProcedure
Parent: Procedure
Id: edu-procedure
Title: "Education delivered, as a procedure"
Description: "The same event for a record that counts procedures. Off unless a clinic asks for it."
* insert Published
* obeys edu-canonical
* identifier 1..* MS
* instantiatesCanonical 1..1
* basedOn 1..* MS
* status MS
* category 1..1 MS
* category = $sct#311401005
* code 1..1 MS
* code from EducationTopics (extensible)
* subject only Reference(Patient)
* performed[x] 1..1 MS
* performer MS

Profile: EduReviewTask
Parent: Task
Id: edu-review-task
Title: "Task for the patient: read the handout"
Description: "For a record that shows patients their tasks. Off unless a clinic asks for it."
* insert Published
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
