RuleSet: Operation(id, code)
* url = "https://w3id.org/education-plan/fhir/OperationDefinition/{id}"
* version = "0.1.0"
* status = #active
* experimental = false
* publisher = "The education-plan service project"
* kind = #operation
* affectsState = false
* code = #{code}

RuleSet: In(name, type, min)
* parameter[+].name = #{name}
* parameter[=].use = #in
* parameter[=].min = {min}
* parameter[=].max = "1"
* parameter[=].type = #{type}

RuleSet: Applied
* insert In(subject, string, 1)
* insert In(encounter, string, 0)
* insert In(practitioner, string, 0)
* insert In(organization, string, 0)
* insert In(userType, CodeableConcept, 0)
* insert In(userLanguage, CodeableConcept, 0)
* insert In(userTaskContext, CodeableConcept, 0)
* insert In(setting, CodeableConcept, 0)
* insert In(settingContext, CodeableConcept, 0)
* insert In(edition, code, 0)
* parameter[=].documentation = "full or pixi; full when left out"
* parameter[=].binding.strength = #required
* parameter[=].binding.valueSet = "https://w3id.org/education-plan/fhir/ValueSet/content-edition"

Instance: propose
InstanceOf: OperationDefinition
Usage: #definition
* insert Operation(propose, propose)
* name = "Propose"
* title = "The plan an encounter would give"
* description = "Takes the Bundle that POST /api/v1/encounters takes and answers the transaction Bundle it would give. Nothing is stored."
* system = true
* type = false
* instance = false
* insert In(encounter, Bundle, 1)
* parameter[+].name = #return
* parameter[=].use = #out
* parameter[=].min = 1
* parameter[=].max = "1"
* parameter[=].type = #Bundle
* parameter[=].targetProfile = "https://w3id.org/education-plan/fhir/StructureDefinition/edu-transaction-bundle"

Instance: plandefinition-apply
InstanceOf: OperationDefinition
Usage: #definition
* insert Operation(plandefinition-apply, apply)
* name = "PlanDefinitionApply"
* title = "Apply a pack to a patient"
* description = "R4's operation with our edition: one CarePlan, transient, whose single activity is a RequestGroup."
* base = "http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply"
* resource = #PlanDefinition
* system = false
* type = true
* instance = true
* insert In(planDefinition, canonical, 0)
* insert Applied
* parameter[+].name = #return
* parameter[=].use = #out
* parameter[=].min = 1
* parameter[=].max = "1"
* parameter[=].type = #CarePlan

Instance: activitydefinition-apply
InstanceOf: OperationDefinition
Usage: #definition
* insert Operation(activitydefinition-apply, apply)
* name = "ActivityDefinitionApply"
* title = "Apply a topic to a patient"
* description = "R4's operation with our edition: one ServiceRequest, transient."
* base = "http://hl7.org/fhir/OperationDefinition/ActivityDefinition-apply"
* resource = #ActivityDefinition
* system = false
* type = true
* instance = true
* insert In(activityDefinition, canonical, 0)
* insert Applied
* parameter[+].name = #return
* parameter[=].use = #out
* parameter[=].min = 1
* parameter[=].max = "1"
* parameter[=].type = #ServiceRequest
