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
* #patient-question "Spørgsmål fra patienten" "What a patient wants to ask at the next visit."
* insert English(patient-question, "Question from the patient")
* #general-material "Generelt materiale" "A handout that is about nobody in particular: the same text for every patient."
* insert English(general-material, "General material")
* #patient-specific-material "Materiale til en bestemt patient" "A handout that was written for one patient."
* insert English(patient-specific-material, "Material for one patient")
* #clinical-note "Klinisk note" "What a clinician signed for one visit. For clinicians only."
* insert English(clinical-note, "Clinical note")

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
* #plan-ended "Planen er afsluttet" "The plan ended before the topic was settled; the text says why."
* insert English(plan-ended, "The plan has ended")

CodeSystem: TeachingMethod
Id: teaching-method
Title: "How a topic was taught"
Description: "Several may be named for one visit."
* insert PublishedCodes
* #talk "Samtale" "Talked about face to face."
* insert English(talk, "Talk")
* #demonstration "Demonstration" "Shown by the clinician."
* insert English(demonstration, "Demonstration")
* #practice "Øvelse" "Tried by the patient."
* insert English(practice, "Practice")
* #leaflet "Pjece" "With a leaflet in hand."
* insert English(leaflet, "Leaflet")
* #video "Video" "With a video that was watched."
* insert English(video, "Video")
* #group "Gruppe" "In a group; each participant has an entry."
* insert English(group, "Group")
* #phone "Telefon" "By telephone."
* insert English(phone, "Phone")
* #video-visit "Videokonsultation" "Clinician and patient saw each other by video."
* insert English(video-visit, "Video visit")

CodeSystem: LearningBarrier
Id: learning-barrier
Title: "What made learning harder"
Description: "As noted by the clinician. Nothing noted means nothing noted; `none` means that it was asked about."
* insert PublishedCodes
* #none "Ingen oplyst" "It was asked about, and there was none."
* insert English(none, "None told of")
* #language "Sprog" "The language of the visit is not the patient's own."
* insert English(language, "Language")
* #hearing "Hørelse" "Hard of hearing."
* insert English(hearing, "Hearing")
* #sight "Syn" "Hard of seeing."
* insert English(sight, "Sight")
* #reading "Læsning" "Reading is hard."
* insert English(reading, "Reading")
* #memory "Hukommelse" "Remembering is hard."
* insert English(memory, "Memory")
* #pain "Smerter lige nu" "Pain during the visit."
* insert English(pain, "Pain at the moment")
* #worry "Bekymring" "Worries took the attention."
* insert English(worry, "Worry")
* #other "Andet" "Something else, told in words."
* insert English(other, "Other")

CodeSystem: LearnerReadiness
Id: learner-readiness
Title: "How the learner met the teaching"
Description: "In the clinician's judgement, for this visit."
* insert PublishedCodes
* #eager "Opsøgende" "Asked for it."
* insert English(eager, "Eager")
* #accepting "Tager imod" "Took it in."
* insert English(accepting, "Accepting")
* #reluctant "Tøvende" "Took it in with hesitation."
* insert English(reluctant, "Reluctant")
* #refusing "Afvisende" "Turned it down."
* insert English(refusing, "Refusing")

CodeSystem: VisitObservation
Id: visit-observation
Title: "What was noted in a visit"
Description: "Beside what was taught and understood. It measures nothing."
* insert PublishedCodes
* #mood-and-strategies "Humør og strategier" "What the clinician noticed and asked about. For clinicians only."
* insert English(mood-and-strategies, "Mood and strategies")
* #job-situation "Jobsituation" "Where the patient stands with work, and what is agreed."
* insert English(job-situation, "Job situation")

CodeSystem: MoodCue
Id: mood-cue
Title: "What was noticed of mood and strategies"
Description: "Cues to ask about, after the first pack's topic on mood; not a score and not a diagnosis."
* insert PublishedCodes
* #hopeless-words "Håbløse ord" "Words of hopelessness about the symptoms."
* insert English(hopeless-words, "Hopeless words")
* #fear "Frygt" "Words of fear about the symptoms."
* insert English(fear, "Fear")
* #avoidance "Undgår aktivitet" "Avoids what brings the symptoms on."
* insert English(avoidance, "Avoids activity")
* #own-strategies "Egne strategier" "Has ways of their own to handle the pain."
* insert English(own-strategies, "Own strategies")
* #family "Familien har betydning" "Family matters to how the pain is handled."
* insert English(family, "Family matters")
* #work "Arbejdet har betydning" "Work matters to how the pain is handled."
* insert English(work, "Work matters")

CodeSystem: JobSituation
Id: job-situation
Title: "Where a patient stands with work"
Description: "As told in the visit."
* insert PublishedCodes
* #working "I arbejde" "At work."
* insert English(working, "Working")
* #part-time-sick "Delvist sygemeldt" "At work for some of the time, on sick leave for the rest."
* insert English(part-time-sick, "Part-time on sick leave")
* #sick "Sygemeldt" "On sick leave."
* insert English(sick, "On sick leave")
* #not-working "Uden arbejde" "Has no work."
* insert English(not-working, "Not working")
* #retired "På pension" "Retired."
* insert English(retired, "Retired")

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
* #plan.taught "Besøg dokumenteret" "What was taught in a visit was signed."
* insert English(plan.taught, "Visit documented")
* #plan.goal-agreed "Mål aftalt" "A goal was agreed with the patient."
* insert English(plan.goal-agreed, "Goal agreed")
* #plan.goal-changed "Mål ændret" "A goal was followed, reached or given up."
* insert English(plan.goal-changed, "Goal changed")
* #plan.handout-given "Pjece udleveret" "A handout was given to the patient."
* insert English(plan.handout-given, "Handout given")
* #plan.handout-withdrawn "Pjece trukket tilbage" "A handout was taken back from the patient."
* insert English(plan.handout-withdrawn, "Handout taken back")
* #plan.handout-opened "Pjece åbnet" "The patient opened a handout for the first time."
* insert English(plan.handout-opened, "Handout opened")
* #plan.handout-read "Pjece læst" "The patient said that a handout was read."
* insert English(plan.handout-read, "Handout read")
* #plan.asked "Spørgsmål stillet" "The patient wrote a question for the next visit."
* insert English(plan.asked, "Question asked")
* #plan.question-taken-back "Spørgsmål taget tilbage" "The patient took a question back."
* insert English(plan.question-taken-back, "Question taken back")
* #portal.read "Side vist for patienten" "A page of the portal was shown to the patient."
* insert English(portal.read, "Portal page shown")
* #portal.handout "Pjece vist for patienten" "The page of a handout was shown to the patient in the portal."
* insert English(portal.handout, "Handout shown")
* #portal.printed "Pjece hentet" "A handout was fetched as a file."
* insert English(portal.printed, "Handout fetched")
* #portal.download "Egne data hentet" "The patient fetched the own data."
* insert English(portal.download, "Own data fetched")
* #plan.corrected "Plan rettet" "An entry was marked as an error."
* insert English(plan.corrected, "Plan corrected")
* #plan.closed "Plan afsluttet" "The course came to an end."
* insert English(plan.closed, "Plan closed")
* #plan.resumed "Plan genoptaget" "The database was restored from a backup, and the plan goes on."
* insert English(plan.resumed, "Plan resumed")
* #plan.deliveries "Leveringer læst" "It was read how far a plan has come on its way into the record."
* insert English(plan.deliveries, "Deliveries read")
* #plan.replay "Levering gentaget" "What the record refused was queued anew."
* insert English(plan.replay, "Delivery repeated")
* #log.read "Adgangslog læst" "A patient read who has looked at their data."
* insert English(log.read, "Access log read")
* #audit.exported "Adgangslog udleveret" "An operator exported the audit trail."
* insert English(audit.exported, "Audit trail exported")
* #patient.exported "Data udleveret" "An operator exported all data of a patient."
* insert English(patient.exported, "Patient's data exported")
* #patient.erased "Data slettet" "An operator erased a patient; what stays of the audit trail is under a pseudonym."
* insert English(patient.erased, "Patient's data erased")
* #pages.closed "Sider lukket" "An operator ended the pages that a person, or everybody in the clinic, had open."
* insert English(pages.closed, "Open pages ended")
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
* #refused.not-authenticated "Afvist: ukendt" "Somebody was refused whose clinic was known and whose token or login was not good."
* insert English(refused.not-authenticated, "Refused: not known")
* #refused.not-allowed "Afvist: ikke tilladt" "Somebody known was refused what they may not do, or a form from elsewhere."
* insert English(refused.not-allowed, "Refused: not allowed")
* #refused.not-found "Afvist: findes ikke for denne" "Somebody known asked for what is not there, or not theirs."
* insert English(refused.not-found, "Refused: not there for them")
* #refused.launch-refused "Afvist: åbnede ikke" "A launch from a record came back and opened nothing."
* insert English(refused.launch-refused, "Refused: launch opened nothing")
