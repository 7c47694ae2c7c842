Alias: $base = https://w3id.org/education-plan/fhir
Alias: $topic = https://w3id.org/education-plan/fhir/CodeSystem/topic
Alias: $goal = https://w3id.org/education-plan/fhir/CodeSystem/goal
Alias: $sct = http://snomed.info/sct
Alias: $loinc = http://loinc.org
Alias: $not-done = http://terminology.hl7.org/CodeSystem/communication-not-done-reason
Alias: $communication-category = http://terminology.hl7.org/CodeSystem/communication-category
Alias: $achievement = http://terminology.hl7.org/CodeSystem/goal-achievement
Alias: $participant = http://terminology.hl7.org/CodeSystem/provenance-participant-type
Alias: $mode = http://terminology.hl7.org/CodeSystem/v3-ParticipationMode
Alias: $data-operation = http://terminology.hl7.org/CodeSystem/v3-DataOperation
Alias: $audit-type = http://terminology.hl7.org/CodeSystem/audit-event-type
Alias: $plan-type = http://terminology.hl7.org/CodeSystem/plan-definition-type
Alias: $library-type = http://terminology.hl7.org/CodeSystem/library-type
Alias: $observation-category = http://terminology.hl7.org/CodeSystem/observation-category
Alias: $uri = urn:ietf:rfc:3986

// The words of a code: Danish first, English as designation.
RuleSet: English(code, english)
* #{code} ^designation[0].language = #en
* #{code} ^designation[0].value = {english}

RuleSet: Published
* ^experimental = false
* ^publisher = "The education-plan service project"

RuleSet: PublishedCodes
* insert Published
* ^language = #da
* ^caseSensitive = true
* ^content = #complete

// No validator looks behind a reference that it cannot follow, so each `only Reference(…)` has an
// invariant beside it that reads the reference itself.
Invariant: edu-subject
Description: "The subject is a Patient"
Severity: #error
Expression: "subject.reference.all(matches('^(urn:uuid:.+|(.+/)?Patient/.+)$'))"

// What is searched for stands in a slice of the category, beside others.
RuleSet: SlicedCategory
* category ^slicing.discriminator.type = #pattern
* category ^slicing.discriminator.path = "$this"
* category ^slicing.rules = #open
