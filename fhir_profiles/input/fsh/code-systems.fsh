CodeSystem: EducationCategory
Id: category
Title: "Categories of education resources"
Description: "What a resource of this service is for."
* insert PublishedCodes
* #education-plan "Uddannelsesplan" "A plan for what one patient is to be taught over a course of visits."
* insert English(education-plan, "Education plan")
* #education-topic "Undervisning i et emne" "One topic that was taught, or was to be taught and was not."
* insert English(education-topic, "Teaching of a topic")
* #handout-assignment "Tildelt pjece" "A handout that was given to a patient."
* insert English(handout-assignment, "Handout assignment")
* #general-material "Generelt materiale" "A handout that is about nobody in particular: the same text for every patient."
* insert English(general-material, "General material")
* #patient-specific-material "Materiale til en bestemt patient" "A handout that was written for one patient."
* insert English(patient-specific-material, "Material for one patient")

CodeSystem: ContentEdition
Id: content-edition
Title: "Editions of education content"
Description: "How much is said of each topic. An edition is a selection of points, never a second text."
* insert PublishedCodes
* #full "Fuld udgave" "Everything that the pack says."
* insert English(full, "Full edition")
* #pixi "PIXI-udgave" "The short edition: selected points, some in shorter words."
* insert English(pixi, [["Short (PIXI) edition"]])

CodeSystem: NotTaughtReason
Id: not-done-reason
Title: "Reasons why a topic was not taught"
Description: "Beside those of HL7's communication-not-done-reason, such as the patient's own objection."
* insert PublishedCodes
* #deferred "Udsat" "It is to be taught at a later visit."
* insert English(deferred, "Deferred to a later visit")
* #not-relevant "Ikke relevant" "The clinician judged that it does not concern this patient."
* insert English(not-relevant, "Not relevant for this patient")
* #already-known "Kendt i forvejen" "The patient knows it already."
* insert English(already-known, "Already known")
* #no-time "Ikke tid" "There was not time enough."
* insert English(no-time, "Not enough time")
* #language-barrier "Sprogbarriere" "Patient and clinician had no language in common for it."
* insert English(language-barrier, "Language barrier")
* #patient-unwell "Patienten havde det ikke godt nok" "The patient was too unwell or distressed to be taught."
* insert English(patient-unwell, "Patient too unwell")

CodeSystem: TeachBackResult
Id: teach-back-result
Title: "What a patient could say in their own words"
Description: "How it went when the patient was asked to explain what was taught. It tells how well it was made clear, and is no test of the patient."
* insert PublishedCodes
* #understood "Forklarede det med egne ord" "The patient explained it in their own words."
* insert English(understood, "Explained in own words")
* #understood-with-help "Forklarede det med hjælp" "The patient explained it after it was made clear once more."
* insert English(understood-with-help, "Explained with help")
* #partial "Forklarede noget af det" "Some of it was explained; the rest is to be taken up again."
* insert English(partial, "Partly explained")
* #not-understood "Skal tages op igen" "It could not be explained yet."
* insert English(not-understood, "To be taken up again")
* #not-assessed "Ikke afprøvet" "The patient was not asked."
* insert English(not-assessed, "Not checked")

CodeSystem: AuditAction
Id: audit-action
Title: "What is written into the audit trail"
Description: "Each act on patients' data that leaves a row."
* insert PublishedCodes
* #plan.created "Plan lavet" "An encounter gave a new plan."
* insert English(plan.created, "Plan made")
* #plan.same "Plan fundet igen" "The same encounter came again."
* insert English(plan.same, "Plan found again")
* #plan.continued "Plan fortsat" "A further encounter of the course was added."
* insert English(plan.continued, "Plan continued")
* #plan.proposed "Plan foreslået" "An encounter gave a proposal that waits for a clinician."
* insert English(plan.proposed, "Plan proposed")
* #plan.confirmed "Plan bekræftet" "A clinician confirmed a proposal."
* insert English(plan.confirmed, "Plan confirmed")
* #plan.propose "Forslag regnet ud" "A proposal was asked for, and nothing stored."
* insert English(plan.propose, "Proposal asked for")
* #plan.read "Plan læst" "A plan was read."
* insert English(plan.read, "Plan read")
* #plan.search "Planer søgt" "A patient's plans were listed."
* insert English(plan.search, "Plans listed")
* #definition.apply "Definition anvendt" "A definition was applied to a patient, and nothing stored."
* insert English(definition.apply, "Definition applied")
* #fhir.read "Ressource læst" "A resource was read."
* insert English(fhir.read, "Resource read")
* #fhir.vread "Version læst" "An earlier version of a resource was read."
* insert English(fhir.vread, "Version read")
* #fhir.history "Historik læst" "The versions of a resource were read."
* insert English(fhir.history, "History read")
* #fhir.search "Ressourcer søgt" "Resources were searched for."
* insert English(fhir.search, "Resources searched")
