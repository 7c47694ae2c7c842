Invariant: edu-doc-1
Description: "Material for one patient names its patient; general material names none"
Severity: #error
Expression: "category.coding.where(system = 'https://w3id.org/education-plan/fhir/CodeSystem/category' and code = 'patient-specific-material').exists() = subject.exists()"

Profile: EduHandout
Parent: DocumentReference
Id: edu-handout
Title: "Handout"
Description: "One exact text in one edition and language, pinned by its hashes."
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
* content 1..1 MS
* content.attachment.extension contains ContentSha256Extension named sha256 1..1 MS
* content.attachment.contentType 1..1 MS
* content.attachment.language 1..1 MS
* content.attachment.url 1..1 MS
* content.attachment.title 1..1 MS
* content.attachment.creation 1..1 MS
* content.attachment.size 1..1
* content.attachment.hash 1..1
* relatesTo MS
