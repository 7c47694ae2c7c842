RuleSet: Mapped(code)
* group[=].element[+].code = #{code}

RuleSet: Means(code, equivalence, comment)
* group[=].element[=].target.code = #{code}
* group[=].element[=].target.equivalence = #{equivalence}
* group[=].element[=].target.comment = {comment}

RuleSet: MeansNothing(comment)
* group[=].element[=].target.equivalence = #unmatched
* group[=].element[=].target.comment = {comment}

// KL's gateways (§119, §140) tell why an intervention was cancelled. Their codes are of ending an
// intervention, ours of one visit, so none says quite the same.
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
* group[+].source = "https://w3id.org/education-plan/fhir/CodeSystem/not-done-reason"
* group[=].target = "http://fhir.kl.dk/term/CodeSystem/CareSocialCodes"
* insert Mapped(deferred)
* insert MeansNothing([["KL has no type for a postponement within a course."]])
* insert Mapped(not-relevant)
* insert Means(a63b6aa6-7d56-4e67-a5b3-d73f6d262af5, inexact, [["No further need, as a professional judges: of the whole intervention there, of one topic here."]])
* insert Mapped(already-known)
* insert Means(4bbf6d6a-a1c6-41c2-b8c1-7352b7378adf, inexact, [["No further need, as the citizen judges: why it is so is not said there."]])
* insert Mapped(no-time)
* insert MeansNothing([["KL has no such type."]])
* insert Mapped(language-barrier)
* insert MeansNothing([["KL has no such type."]])
* insert Mapped(patient-unwell)
* insert Means(0cd5734d-b663-47c6-a3da-6b14a937d144, inexact, [["Opted out because of another illness there; not well enough on the day here."]])
* insert Mapped(plan-ended)
* insert MeansNothing([["KL tells why the whole ends; here the text does."]])
* group[+].source = "http://terminology.hl7.org/CodeSystem/communication-not-done-reason"
* group[=].target = "http://fhir.kl.dk/term/CodeSystem/CareSocialCodes"
* insert Mapped(patient-objection)
* insert Means(3a5a72b7-addf-4857-b80c-04e4246e3072, inexact, [["Opted out in spite of a need: KL judges the need, HL7 does not."]])
* insert Mapped(family-objection)
* insert MeansNothing([["KL knows only the citizen's own choice."]])
* insert Mapped(recipient-unavailable)
* insert Means(ef491570-7884-4acd-bcf7-43d6b2c64762, inexact, [["Did not turn up or get in touch there; could not be reached for any reason here."]])
* insert Mapped(invalid-phone-number)
* insert MeansNothing([["KL has no such type."]])
* insert Mapped(system-error)
* insert MeansNothing([["KL has no such type."]])
* insert Mapped(unknown)
* insert MeansNothing([["KL has no such type."]])

// What FUT has a word for; it has one list for material and one for its assignment.
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
* group[+].source = "https://w3id.org/education-plan/fhir/CodeSystem/category"
* group[=].target = "http://ehealth.sundhed.dk/cs/material-communication-category"
* insert Mapped(handout-assignment)
* insert Means(material-assignment, equivalent, [["Both say that a patient was given material."]])
* group[+].source = "https://w3id.org/education-plan/fhir/CodeSystem/category"
* group[=].target = "http://ehealth.sundhed.dk/cs/material-category"
* insert Mapped(general-material)
* insert Means(general-material, equivalent, [["Material about nobody in particular."]])
* insert Mapped(patient-specific-material)
* insert Means(patient-specific-material, equivalent, [["Material about one patient."]])
* insert Mapped(clinical-note)
* insert MeansNothing([["FUT's material is for citizens, a note is not."]])
* insert Mapped(patient-question)
* insert MeansNothing([["FUT has no category for a patient's question."]])
* insert Mapped(education-topic)
* insert MeansNothing([["FUT has no category for teaching."]])
* group[+].source = "https://w3id.org/education-plan/fhir/CodeSystem/category"
* group[=].target = "http://ehealth.sundhed.dk/cs/careplan-category"
* insert Mapped(education-plan)
* insert MeansNothing([["FUT's list of plan categories is not decided: its only code says so."]])
