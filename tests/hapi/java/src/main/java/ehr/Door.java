package ehr;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.IDaoRegistry;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.config.util.ResourceCountCacheUtil;
import ca.uhn.fhir.jpa.provider.DaoRegistryResourceSupportedSvc;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.util.ResourceCountCache;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The FHIR API over HTTP: every resource type, transactions, search, {@code $validate}. */
@Configuration
class Door {

    static final String PATH = "/fhir";

    @Bean
    ServletRegistrationBean<RestfulServer> fhirApi(
            IJpaSystemProvider system,
            ResourceProviderFactory resources,
            JpaCapabilityStatementProvider capabilities,
            RestfulServer server,
            DatabaseBackedPagingProvider paging) {
        server.registerProviders(resources.createProviders());
        server.registerProvider(system);
        server.setPagingProvider(paging);
        server.setServerConformanceProvider(capabilities);
        var api = new ServletRegistrationBean<>(server, PATH + "/*");
        api.setLoadOnStartup(1);
        return api;
    }

    @Bean
    RestfulServer server(FhirContext fhir) {
        return new RestfulServer(fhir);
    }

    @Bean
    JpaCapabilityStatementProvider capabilities(
            RestfulServer server,
            IFhirSystemDao<?, ?> system,
            JpaStorageSettings settings,
            ISearchParamRegistry searchParameters,
            IValidationSupport validation) {
        return new JpaCapabilityStatementProvider(
                server, system, settings, searchParameters, validation);
    }

    @Bean
    DatabaseBackedPagingProvider paging() {
        return new DatabaseBackedPagingProvider();
    }

    @Bean("myResourceCountsCache")
    ResourceCountCache resourceCounts(IFhirSystemDao<?, ?> system) {
        return ResourceCountCacheUtil.newResourceCountCache(system);
    }

    @Bean
    IResourceSupportedSvc supportedResources(IDaoRegistry types) {
        return new DaoRegistryResourceSupportedSvc(types);
    }
}
