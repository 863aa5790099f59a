package bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;

/**
 * Kafka Streams restoring one store from an empty state directory (`bench/restore`). The only argument is the run as JSON.
 * Prints one line of JSON once all is restored and counted, and ends.
 */
public final class Restore {
  /** The run, as the harness describes it. */
  public record Run(String applicationId, String brokers, String input, String store, String stateDir) {}

  private Restore() {}

  public static void main(String[] arguments) throws Exception {
    Run run = new ObjectMapper().readValue(arguments[0], Run.class);
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(run.input(), Consumed.with(Serdes.String(), Serdes.String()))
        .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
        .reduce(
            (before, now) -> now,
            Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(run.store())
                .withKeySerde(Serdes.String())
                .withValueSerde(Serdes.String()));
    Properties settings = new Properties();
    settings.put("application.id", run.applicationId());
    settings.put("bootstrap.servers", run.brokers());
    settings.put("state.dir", run.stateDir());
    settings.put("internal.leave.group.on.close", true);
    KafkaStreams streams = new KafkaStreams(builder.build(settings), settings);
    AtomicLong restored = new AtomicLong();
    AtomicLong firstRestore = new AtomicLong();
    AtomicLong lastRestore = new AtomicLong();
    CountDownLatch running = new CountDownLatch(1);
    streams.setGlobalStateRestoreListener(
        new StateRestoreListener() {
          @Override
          public void onRestoreStart(TopicPartition partition, String store, long from, long to) {
            firstRestore.compareAndSet(0, System.nanoTime());
          }

          @Override
          public void onBatchRestored(TopicPartition partition, String store, long to, long count) {}

          @Override
          public void onRestoreEnd(TopicPartition partition, String store, long total) {
            restored.addAndGet(total);
            lastRestore.set(System.nanoTime());
          }
        });
    streams.setStateListener(
        (now, before) -> {
          if (now == KafkaStreams.State.RUNNING && restored.get() > 0) running.countDown();
          if (now == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
        });
    OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    streams.start();
    running.await();
    long end = System.nanoTime();
    long cpuNanos = system.getProcessCpuTime() - cpu;
    long keys = 0;
    try (KeyValueIterator<String, String> all =
        streams
            .store(StoreQueryParameters.fromNameAndType(run.store(), QueryableStoreTypes.<String, String>keyValueStore()))
            .all()) {
      while (all.hasNext()) {
        all.next();
        keys++;
      }
    }
    streams.close(Duration.ofSeconds(60));
    System.out.printf(
        "{\"records\":%d,\"startMs\":%d,\"restoreMs\":%d,\"cpuMs\":%d,\"keys\":%d}%n",
        restored.get(),
        (end - start) / 1_000_000,
        (lastRestore.get() - firstRestore.get()) / 1_000_000,
        cpuNanos / 1_000_000,
        keys);
    System.exit(0);
  }
}
