package crm.search;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * An Elasticsearch node from Maven's jars, in the foreground, until SIGTERM: {@code EmbeddedNode HOME CONFIG}.
 *
 * <p>The distribution's own launcher is not published there. HOME holds {@code modules}, CONFIG {@code elasticsearch.yml} and {@code
 * log4j2.properties}.
 */
public final class EmbeddedNode {
  private EmbeddedNode() {}

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]);
    Path config = Path.of(arguments[1]);
    LogConfigurator.configureESLogging();
    LogConfigurator.setNodeName("crm-1");
    Settings settings = Settings.builder().put("path.home", home.toString()).build();
    Environment environment = InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), config, () -> "crm-1");
    LogConfigurator.registerErrorListener();
    LogConfigurator.configure(environment, true);
    PluginsLoader modules =
        PluginsLoader.createPluginsLoader(PluginsLoader.loadModulesBundles(home.resolve("modules")), Set.of(), Map.of(), false);
    Node node = new Node(environment, modules);
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    node.close();
                  } catch (Exception error) {
                    // acknowledged writes are in the translog: an untidy end loses nothing
                    System.err.println("not closed in good order: " + error);
                  } finally {
                    closed.countDown();
                  }
                }));
    node.start();
    closed.await();
  }
}
