Invariant: edu-doc-1
Description: "Material for one patient names its patient; general material names none"
Severity: #error
Expression: "category.coding.where(system = 'https://w3id.org/education-plan/fhir/CodeSystem/category' and code = 'patient-specific-material').exists() = subject.exists()"

Profile: EduHandout
Parent: DocumentReference
Id: edu-handout
Title: "Handout"
Description: "One exact text in one edition and language, pinned by its hashes: first as a page, then in the other forms of this page."
* insert Published
* obeys edu-doc-1
* extension contains ContentEditionExtension named edition 1..1 MS
* masterIdentifier 1..1 MS
* status MS
* docStatus 1..1 MS
* type 1..1 MS
* type = $loinc#34895-3
* category 1..* MS
* description 1..1 MS
* content 1..* MS
* content.attachment.extension contains ContentSha256Extension named sha256 1..1 MS
* content.attachment.contentType 1..1 MS
* content.attachment.language 1..1 MS
* content.attachment.url 1..1 MS
* content.attachment.title 1..1 MS
* content.attachment.creation 1..1 MS
* content.attachment.size 1..1
* content.attachment.hash 1..1
* relatesTo MS

Invariant: edu-note-1
Description: "A note is for clinicians: it is labelled as restricted"
Severity: #error
Expression: "securityLabel.coding.where(code = 'R').exists()"

Profile: EduNote
Parent: DocumentReference
Id: edu-note
Title: "Note on patient education"
Description: "What a clinician signed for one visit, as text. What every record can show, whatever else it takes."
* insert Published
* obeys edu-subject and edu-note-1
* identifier 1..* MS
* status MS
* docStatus 1..1 MS
* type 1..1 MS
* type = $loinc#34895-3
* category 1..1 MS
* category = EducationCategory#clinical-note
* subject 1..1 MS
* subject only Reference(Patient)
* date 1..1 MS
* author 1..* MS
* description 1..1 MS
* securityLabel 1..* MS
* content 1..1 MS
* content.attachment.contentType 1..1
* content.attachment.language 1..1
* content.attachment.data 1..1 MS
* content.attachment.title 1..1
* context 1..1
* context.encounter 1..* MS
