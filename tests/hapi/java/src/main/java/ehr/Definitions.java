package ehr;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/**
 * Takes the definitions of a package in before the first call, as if they had been posted.
 *
 * <p>HAPI's validator remembers what it looked for in vain, so profiles and codes have to be there
 * before the first validation.
 */
@Configuration
class Definitions {

    /** In this order: codes before the value sets over them, both before what is bound to them. */
    private static final List<String> KINDS = List.of(
            "CodeSystem",
            "ValueSet",
            "ConceptMap",
            "StructureDefinition",
            "SearchParameter",
            "OperationDefinition",
            "CapabilityStatement",
            "ImplementationGuide",
            "Questionnaire");

    @Bean
    @Order(2)
    ApplicationRunner takeDefinitionsIn(
            @Value("${ehr.package}") String folder,
            FhirContext fhir,
            DaoRegistry record,
            ISearchParamRegistry searchParameters) {
        return options -> {
            if (!folder.isBlank()) {
                definitionsIn(Path.of(folder), fhir).forEach(each -> keep(each, record));
                searchParameters.forceRefresh();
            }
        };
    }

    private static List<IBaseResource> definitionsIn(Path folder, FhirContext fhir)
            throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(file -> read(file, fhir))
                    .filter(resource -> KINDS.contains(resource.fhirType()))
                    .sorted(Comparator.comparing(resource -> KINDS.indexOf(resource.fhirType())))
                    .toList();
        }
    }

    private static IBaseResource read(Path file, FhirContext fhir) {
        try {
            return fhir.newJsonParser().parseResource(Files.readString(file));
        } catch (IOException | DataFormatException unreadable) {
            throw new IllegalArgumentException("not a FHIR resource: " + file, unreadable);
        }
    }

    private static void keep(IBaseResource definition, DaoRegistry record) {
        try {
            record.getResourceDao(definition).update(definition, new SystemRequestDetails());
        } catch (BaseServerResponseException refused) {
            var name = definition.getIdElement().getValue();
            throw new IllegalArgumentException("the record refuses " + name, refused);
        }
    }
}
