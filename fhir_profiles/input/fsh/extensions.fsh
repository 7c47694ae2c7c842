Invariant: edu-sha
Description: "A SHA-256 is written as 64 small hexadecimal digits"
Severity: #error
Expression: "value.matches('^[0-9a-f]{64}$')"

Extension: ContentEditionExtension
Id: content-edition
Title: "Edition of the content"
Description: "The edition of the pack that the resource was made from."
Context: CarePlan, ServiceRequest, DocumentReference, Communication, Procedure
* insert Published
* value[x] 1..1
* value[x] only code
* valueCode from ContentEditions (required)

Extension: ContentSha256Extension
Id: content-sha256
Title: "SHA-256 of the exact content"
Description: "Pins the words for years to come. R4's own `hash` is SHA-1 by definition."
Context: Attachment
* insert Published
* obeys edu-sha
* value[x] 1..1
* value[x] only string

Extension: HandoutAvailability
Id: handout-availability
Title: "Period in which the patient has the handout"
Description: "From when to when the patient can open it. Without an end, until it is withdrawn."
Context: Communication
* insert Published
* value[x] 1..1
* value[x] only Period

Extension: LearningBarrierExtension
Id: learning-barrier
Title: "Barrier to learning"
Description: "What made learning harder in this visit. How it was met stands in a note."
Context: Communication
* insert Published
* value[x] 1..1
* value[x] only CodeableConcept
* valueCodeableConcept from LearningBarriers (required)

Extension: LearnerReadinessExtension
Id: learner-readiness
Title: "Readiness to learn"
Description: "How the learner met the teaching in this visit."
Context: Communication
* insert Published
* value[x] 1..1
* value[x] only CodeableConcept
* valueCodeableConcept from LearnerReadinesses (required)

Extension: InterpreterPresent
Id: interpreter-present
Title: "Interpreter present"
Description: "That the words went through an interpreter."
Context: Communication
* insert Published
* value[x] 1..1
* value[x] only boolean

Extension: TeachingMinutes
Id: teaching-minutes
Title: "Minutes spent"
Description: "How long the visit's teaching took, if somebody counted. R4's Communication has no place for it."
Context: Communication
* insert Published
* value[x] 1..1
* value[x] only positiveInt

Extension: StepReached
Id: step-reached
Title: "Step reached"
Description: "The day on which a step of the ladder under a goal was reached."
Context: Goal.target
* insert Published
* value[x] 1..1
* value[x] only date
