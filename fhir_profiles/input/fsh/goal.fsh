Invariant: edu-goal-1
Description: "A goal with a value to reach says until when"
Severity: #warning
Expression: "target.all(detail.exists() implies due.exists())"

Invariant: edu-goal-2
Description: "A goal that was given up says why"
Severity: #error
Expression: "lifecycleStatus = 'cancelled' implies statusReason.exists()"

Invariant: edu-goal-3
Description: "A goal that has ended says whether it was reached"
Severity: #error
Expression: "lifecycleStatus = 'completed' implies achievementStatus.exists()"

Invariant: edu-goal-4
Description: "Nobody has agreed to a goal that is only proposed"
Severity: #error
Expression: "lifecycleStatus = 'proposed' implies achievementStatus.empty()"

Profile: EduGoal
Parent: Goal
Id: edu-goal
Title: "Education or functional goal"
Description: "What a patient may choose, and what they have chosen. In the patient's own words."
* insert Published
* obeys edu-subject and edu-goal-1 and edu-goal-2 and edu-goal-3 and edu-goal-4
* extension contains http://hl7.org/fhir/StructureDefinition/goal-acceptance named acceptance 0..* MS
* identifier 1..* MS
* lifecycleStatus MS
* achievementStatus MS
* description MS
* description.text 1..1 MS
* subject only Reference(Patient)
* target MS
* target.extension contains StepReached named reached 0..1
* statusDate 1..1 MS
* expressedBy MS
* addresses MS
* outcomeReference MS
