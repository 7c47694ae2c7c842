// KL's gateways code why an activity was cancelled; their codes are UUIDs that are not published
// where we could check them, so nothing is mapped to a code: the comment says which is meant.
Instance: not-done-reason-to-kl
InstanceOf: ConceptMap
Usage: #definition
* url = "https://w3id.org/education-plan/fhir/ConceptMap/not-done-reason-to-kl"
* version = "0.1.0"
* name = "NotTaughtReasonToKl"
* title = "Reasons why a topic was not taught, to KL's types of cancellation"
* status = #draft
* experimental = false
* publisher = "The education-plan service project"
* sourceUri = "https://w3id.org/education-plan/fhir/ValueSet/topic-not-done-reasons"
* group.source = "https://w3id.org/education-plan/fhir/CodeSystem/not-done-reason"
* group.element[0].code = #deferred
* group.element[=].target.equivalence = #unmatched
* group.element[=].target.comment = "KL has no type for a postponement."
* group.element[+].code = #not-relevant
* group.element[=].target.equivalence = #unmatched
* group.element[=].target.comment = "Meant is: no further need, by a professional."
* group.element[+].code = #already-known
* group.element[=].target.equivalence = #unmatched
* group.element[=].target.comment = "Meant is: no further need, by the citizen."
* group.element[+].code = #no-time
* group.element[=].target.equivalence = #unmatched
* group.element[=].target.comment = "KL has no such type."
* group.element[+].code = #language-barrier
* group.element[=].target.equivalence = #unmatched
* group.element[=].target.comment = "KL has no such type."
* group.element[+].code = #patient-unwell
* group.element[=].target.equivalence = #unmatched
* group.element[=].target.comment = "Meant is: cancelled by illness."

// FUT's words for material (published guide, release 6.0.0; not held to its package).
Instance: category-to-fut
InstanceOf: ConceptMap
Usage: #definition
* url = "https://w3id.org/education-plan/fhir/ConceptMap/category-to-fut"
* version = "0.1.0"
* name = "CategoryToFut"
* title = "Our categories to those of the Danish FUT infrastructure"
* status = #draft
* experimental = false
* publisher = "The education-plan service project"
* group[0].source = "https://w3id.org/education-plan/fhir/CodeSystem/category"
* group[=].target = "http://ehealth.sundhed.dk/cs/material-communication-category"
* group[=].element[0].code = #handout-assignment
* group[=].element[=].target.code = #material-assignment
* group[=].element[=].target.equivalence = #equivalent
* group[+].source = "https://w3id.org/education-plan/fhir/CodeSystem/category"
* group[=].target = "http://ehealth.sundhed.dk/cs/material-category"
* group[=].element[0].code = #general-material
* group[=].element[=].target.code = #general-material
* group[=].element[=].target.equivalence = #equivalent
* group[=].element[+].code = #patient-specific-material
* group[=].element[=].target.code = #patient-specific-material
* group[=].element[=].target.equivalence = #equivalent
