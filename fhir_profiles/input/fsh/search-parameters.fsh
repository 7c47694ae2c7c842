RuleSet: Searched(resource, code, type, expression)
* url = "https://w3id.org/education-plan/fhir/SearchParameter/{resource}-{code}"
* version = "0.1.0"
* status = #active
* experimental = false
* publisher = "The education-plan service project"
* code = #{code}
* type = #{type}
* expression = "{expression}"
* xpathUsage = #normal

Instance: communication-topic
InstanceOf: SearchParameter
Usage: #definition
* name = "CommunicationTopic"
* description = "Teaching by its topic"
* base = #Communication
* insert Searched(communication, topic, token, Communication.topic)

Instance: communication-about
InstanceOf: SearchParameter
Usage: #definition
* name = "CommunicationAbout"
* description = "Communications by what they are about"
* base = #Communication
* target[0] = #DocumentReference
* target[+] = #Observation
* target[+] = #Goal
* insert Searched(communication, about, reference, Communication.about)

Instance: communication-reason-reference
InstanceOf: SearchParameter
Usage: #definition
* name = "CommunicationReasonReference"
* description = "Teaching by the condition it was for"
* base = #Communication
* target = #Condition
* insert Searched(communication, reason-reference, reference, Communication.reasonReference)

Instance: communication-edition
InstanceOf: SearchParameter
Usage: #definition
* name = "CommunicationEdition"
* description = "Teaching by the edition that was used"
* base = #Communication
* insert Searched(communication, edition, token, [[Communication.extension('https://w3id.org/education-plan/fhir/StructureDefinition/content-edition').value]])

Instance: servicerequest-reason-reference
InstanceOf: SearchParameter
Usage: #definition
* name = "ServiceRequestReasonReference"
* description = "Planned topics by the condition they are for"
* base = #ServiceRequest
* target = #Condition
* insert Searched(servicerequest, reason-reference, reference, ServiceRequest.reasonReference)

Instance: servicerequest-edition
InstanceOf: SearchParameter
Usage: #definition
* name = "ServiceRequestEdition"
* description = "Planned topics by edition"
* base = #ServiceRequest
* insert Searched(servicerequest, edition, token, [[ServiceRequest.extension('https://w3id.org/education-plan/fhir/StructureDefinition/content-edition').value]])

Instance: careplan-edition
InstanceOf: SearchParameter
Usage: #definition
* name = "CarePlanEdition"
* description = "Plans by edition"
* base = #CarePlan
* insert Searched(careplan, edition, token, [[CarePlan.extension('https://w3id.org/education-plan/fhir/StructureDefinition/content-edition').value]])

Instance: documentreference-edition
InstanceOf: SearchParameter
Usage: #definition
* name = "DocumentReferenceEdition"
* description = "Handouts by edition"
* base = #DocumentReference
* insert Searched(documentreference, edition, token, [[DocumentReference.extension('https://w3id.org/education-plan/fhir/StructureDefinition/content-edition').value]])

Instance: goal-addresses
InstanceOf: SearchParameter
Usage: #definition
* name = "GoalAddresses"
* description = "Goals by the condition they are for"
* base = #Goal
* target[0] = #Condition
* target[+] = #ServiceRequest
* insert Searched(goal, addresses, reference, Goal.addresses)

Instance: goal-outcome
InstanceOf: SearchParameter
Usage: #definition
* name = "GoalOutcome"
* description = "Goals by what was observed of them"
* base = #Goal
* target = #Observation
* insert Searched(goal, outcome, reference, Goal.outcomeReference)
