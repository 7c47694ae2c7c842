Invariant: edu-prov-1
Description: "It says by its tag which change it tells of, so that it is written once"
Severity: #error
Expression: "meta.tag.where(system = 'urn:ietf:rfc:3986' and code.startsWith('urn:uuid:')).exists()"

Invariant: edu-prov-2
Description: "The assembler, who put it together, is a Device"
Severity: #error
Expression: "agent.where(type.coding.where(code = 'assembler').exists()).who.reference.all(matches('^(urn:uuid:.+|(.+/)?Device/.+)$'))"

Profile: EduProvenance
Parent: Provenance
Id: edu-provenance
Title: "Provenance of an education record"
Description: "One for each change: who and what stands behind it, and from which content. R4 gives it no identifier, so a tag is its identity."
* insert Published
* obeys edu-prov-1 and edu-prov-2
* target 1..* MS
* activity 1..1 MS
* agent ^slicing.discriminator.type = #pattern
* agent ^slicing.discriminator.path = "type"
* agent ^slicing.rules = #open
* agent 2..*
* agent contains author 1..* MS and assembler 1..1 MS
* agent[author].type 1..1
* agent[author].type = $participant#author
* agent[assembler].type 1..1
* agent[assembler].type = $participant#assembler
* agent[assembler].who only Reference(Device)
* entity 1..* MS

Profile: EduAuditEvent
Parent: AuditEvent
Id: edu-audit-event
Title: "Access to a patient's education record"
Description: "One for each look and each change."
* insert Published
* type = $audit-type#rest
* subtype 1..1
* subtype from AuditActions (required)
* action 1..1
* outcome 1..1
* agent.requestor MS
* agent.name 1..1

Profile: EduViewedAuditEvent
Parent: EduAuditEvent
Id: edu-viewed-audit-event
Title: "Patient opened a handout"
Description: "That the handout was opened, which is not that it was read."
* insert Published
* action = #R
* entity 1..*
* entity.what 1..1

Profile: EduDevice
Parent: Device
Id: edu-device
Title: "The education plan service"
Description: "What stands as assembler behind each change."
* insert Published
* identifier 1..*
* deviceName 1..*
* version 1..*
