ValueSet: ContentEditions
Id: content-edition
Title: "Editions of education content"
Description: "Every edition that content may have."
* insert Published
* include codes from system ContentEdition

ValueSet: EducationTopics
Id: education-activity-codes
Title: "Topics of patient education"
Description: "Our own topics, and SNOMED CT concepts of the Global Patient Set for them."
* insert Published
* include codes from system https://w3id.org/education-plan/fhir/CodeSystem/topic
* $sct#84635008
* $sct#712651001
* $sct#225967005
* $sct#710157009
* $sct#410239009
* $sct#304507003
* $sct#392155009
* $sct#439035007
* $sct#410103006
* $sct#410200000
* $sct#394835006
* $sct#313080005
* $sct#171022008
* $sct#445142003
* $sct#311401005

ValueSet: KnowledgeLevels
Id: knowledge-level-codes
Title: "What a teach-back is about"
Description: "SNOMED CT observables of knowledge, all in the Global Patient Set."
* insert Published
* $sct#405107000
* $sct#440442006
* $sct#704405000
* $sct#704445009
* $sct#405117005
* $sct#405115002
* $sct#405130006
* $sct#704401009

ValueSet: NotTaughtReasons
Id: topic-not-done-reasons
Title: "Reasons why a topic was not taught"
Description: "HL7's reasons and ours."
* insert Published
* include codes from system http://terminology.hl7.org/CodeSystem/communication-not-done-reason
* include codes from system NotTaughtReason

ValueSet: TeachBackResults
Id: teach-back-results
Title: "What a patient could say in their own words"
Description: "Every result of a teach-back."
* insert Published
* include codes from system TeachBackResult

ValueSet: AuditActions
Id: audit-actions
Title: "What is written into the audit trail"
Description: "Every act that leaves a row."
* insert Published
* include codes from system AuditAction

ValueSet: TeachingMethods
Id: teaching-methods
Title: "How a topic was taught"
Description: "Every code of ours for it."
* insert Published
* include codes from system TeachingMethod

ValueSet: LearningBarriers
Id: learning-barriers
Title: "What made learning harder"
Description: "Every code of ours for it."
* insert Published
* include codes from system LearningBarrier

ValueSet: LearnerReadinesses
Id: learner-readiness
Title: "How the learner met the teaching"
Description: "Every code of ours for it."
* insert Published
* include codes from system LearnerReadiness

ValueSet: VisitObservations
Id: visit-observations
Title: "What was noted in a visit"
Description: "Every code of ours for it."
* insert Published
* include codes from system VisitObservation

ValueSet: MoodCues
Id: mood-cues
Title: "What was noticed of mood and strategies"
Description: "Every code of ours for it."
* insert Published
* include codes from system MoodCue

ValueSet: JobSituations
Id: job-situations
Title: "Where a patient stands with work"
Description: "Every code of ours for it."
* insert Published
* include codes from system JobSituation
