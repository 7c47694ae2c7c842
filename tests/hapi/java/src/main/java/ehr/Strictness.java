package ehr;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.StrictErrorHandler;
import ca.uhn.fhir.validation.IInstanceValidatorModule;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** Where HAPI passes over what it does not know, this record refuses it. */
@Configuration
class Strictness {

    /** An element that R4 does not have is refused at the door, an unknown extension by $validate. */
    @Bean
    @Order(1)
    ApplicationRunner refuseTheUnknown(FhirContext fhir, IInstanceValidatorModule validator) {
        return options -> {
            fhir.setParserErrorHandler(new StrictErrorHandler());
            ((FhirInstanceValidator) validator).setAnyExtensionsAllowed(false);
        };
    }
}
