package ehr;

import java.util.Timer;
import java.util.TimerTask;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.elasticsearch.ElasticsearchClientAutoConfiguration;
import org.springframework.boot.autoconfigure.elasticsearch.ElasticsearchRestClientAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.autoconfigure.orm.jpa.HibernateJpaAutoConfiguration;
import org.springframework.boot.autoconfigure.quartz.QuartzAutoConfiguration;
import org.springframework.boot.autoconfigure.thymeleaf.ThymeleafAutoConfiguration;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.SimpleCommandLinePropertySource;

/**
 * A health record for the tests: HAPI FHIR JPA R4, in memory, on loopback.
 *
 * <p>Prints {@code ready http://127.0.0.1:PORT/fhir} when it takes calls. Ends on SIGTERM, and
 * with its parent, when {@code --ehr.parent=PID} names it. Other options: application.properties.
 */
@Configuration
@EnableAutoConfiguration(exclude = {
    DataSourceTransactionManagerAutoConfiguration.class,
    ElasticsearchClientAutoConfiguration.class,
    ElasticsearchRestClientAutoConfiguration.class,
    HibernateJpaAutoConfiguration.class,
    QuartzAutoConfiguration.class,
    ThymeleafAutoConfiguration.class
})
@Import({
    Storage.class,
    Subscriptions.class,
    Door.class,
    Strictness.class,
    Definitions.class
})
public class Ehr {

    public static void main(String[] options) {
        String parent = new SimpleCommandLinePropertySource(options).getProperty("ehr.parent");
        if (parent != null) {
            endWith(Long.parseLong(parent));
        }
        var record = SpringApplication.run(Ehr.class, options);
        int port = ((WebServerApplicationContext) record).getWebServer().getPort();
        System.out.printf("ready http://127.0.0.1:%d%s%n", port, Door.PATH);
    }

    /** Whoever loses its parent gets another one. There is nothing to save before the end. */
    private static void endWith(long parent) {
        var look = new TimerTask() {
            @Override
            public void run() {
                var now = ProcessHandle.current().parent();
                if (now.isEmpty() || now.get().pid() != parent) {
                    Runtime.getRuntime().halt(0);
                }
            }
        };
        new Timer(true).schedule(look, 0, 500);
    }
}
