RuleSet: Taken(type)
* rest.resource[+].type = #{type}
* rest.resource[=].interaction[0].code = #create
* rest.resource[=].interaction[+].code = #read
* rest.resource[=].interaction[+].code = #update
* rest.resource[=].interaction[+].code = #search-type
* rest.resource[=].conditionalCreate = true
* rest.resource[=].conditionalUpdate = true

// What the whole plan needs of a record. A record that has less gets less: see docs/integrator.md.
Instance: ehr
InstanceOf: CapabilityStatement
Usage: #definition
* url = "https://w3id.org/education-plan/fhir/CapabilityStatement/ehr"
* version = "0.1.0"
* name = "EducationPlanRecord"
* title = "What a record does that takes whole education plans"
* status = #draft
* experimental = false
* date = "2026-11-23"
* publisher = "The education-plan service project"
* description = "Transactions, and conditional create and update of the resources of a plan."
* kind = #requirements
* fhirVersion = #4.0.1
* format = #json
* rest.mode = #server
* rest.interaction.code = #transaction
* insert Taken(CarePlan)
* insert Taken(ServiceRequest)
* insert Taken(Communication)
* insert Taken(Goal)
* insert Taken(Observation)
* insert Taken(DocumentReference)
* insert Taken(Provenance)
