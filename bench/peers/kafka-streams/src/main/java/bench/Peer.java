package bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * One run of one pipeline on Kafka Streams with RocksDB. The only argument is the run as JSON (`../peer.ts`: PeerRun).
 * Says {"event":"running"} on stdout when its tasks run, closes when its stdin ends, and ends with 1 if something failed.
 */
public final class Peer {
  /** The run, as the harness describes it. */
  public record Run(
      String pipeline,
      String applicationId,
      String brokers,
      String inputPrefix,
      String output,
      String guarantee,
      int threads,
      long commitMs,
      long cacheBytes,
      Integer lingerMs,
      String stateDir,
      String store) {}

  private Peer() {}

  public static void main(String[] arguments) throws Exception {
    Run run = new ObjectMapper().readValue(arguments[0], Run.class);
    StreamsBuilder builder = new StreamsBuilder();
    new Pipelines(builder, run.inputPrefix(), run.output()).add(run.pipeline());
    Properties settings = settings(run);
    KafkaStreams streams = new KafkaStreams(builder.build(settings), settings);
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    boolean[] said = {false};
    streams.setStateListener(
        (now, before) -> {
          if (now == KafkaStreams.State.RUNNING && !said[0]) {
            said[0] = true;
            System.out.println("{\"event\":\"running\"}");
          }
          if (now == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
        });
    streams.start();
    BufferedReader stdin = new BufferedReader(new InputStreamReader(System.in));
    while (stdin.readLine() != null) {
      // Only the end of stdin matters.
    }
    streams.close(Duration.ofSeconds(60));
    System.exit(0);
  }

  private static Properties settings(Run run) {
    Properties settings = new Properties();
    settings.put("application.id", run.applicationId());
    settings.put("bootstrap.servers", run.brokers());
    settings.put("processing.guarantee", run.guarantee());
    settings.put("num.stream.threads", run.threads());
    settings.put("commit.interval.ms", run.commitMs());
    settings.put("statestore.cache.max.bytes", run.cacheBytes());
    settings.put("state.dir", run.stateDir());
    settings.put("auto.offset.reset", "earliest");
    if (run.lingerMs() != null) settings.put("producer.linger.ms", run.lingerMs());
    return settings;
  }
}
