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
