package bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.test.TestRecord;

/**
 * One topology through Kafka Streams' test driver: the twin of bench/driver/millrace.ts. Arguments: topology, records, stores
 * (rocksdb or memory). Prints one line of JSON: seconds and CPU seconds of the last pass, and a checksum of its output.
 */
public final class Driver {
    private static final int KEYS = 1_000;
    private static final int DRAIN = 1_000;

    public static void main(String[] arguments) throws Exception {
        String name = arguments[0];
        int records = Integer.parseInt(arguments[1]);
        boolean memory = arguments[2].equals("memory");
        pass(name, Math.min(records, 100_000), memory);
        System.gc();
        System.out.println(pass(name, records, memory));
    }

    private static String pass(String name, int records, boolean memory) throws IOException {
        Path folder = Files.createTempDirectory("driver-bench");
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "bench");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:9092");
        config.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
        config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        if (memory) {
            config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
            config.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class);
        }
        try (TopologyTestDriver driver = new TopologyTestDriver(topology(name), config)) {
            return name.equals("join")
                ? measure(driver, records, new StringDeserializer(), true)
                : measure(driver, records, new LongDeserializer(), false);
        } finally {
            delete(folder);
        }
    }

    private static Topology topology(String name) {
        StreamsBuilder builder = new StreamsBuilder();
        Consumed<String, String> text = Consumed.with(Serdes.String(), Serdes.String());
        switch (name) {
            case "count" -> builder.stream("in", text)
                .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
                .count(Materialized.as("counts"))
                .toStream()
                .to("out", Produced.with(Serdes.String(), Serdes.Long()));
            case "windowed-count" -> builder.stream("in", text)
                .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
                .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofSeconds(10)))
                .count(Materialized.as("counts"))
                .toStream()
                .map((windowed, count) -> KeyValue.pair(windowed.key() + "@" + windowed.window().start(), count))
                .to("out", Produced.with(Serdes.String(), Serdes.Long()));
            case "join" -> {
                KTable<String, String> users = builder.table("users", text, Materialized.as("users-store"));
                builder.stream("in", text)
                    .join(users, (value, user) -> value + "|" + user, Joined.with(Serdes.String(), Serdes.String(), Serdes.String()))
                    .to("out", Produced.with(Serdes.String(), Serdes.String()));
            }
            default -> throw new IllegalArgumentException(name);
        }
        return builder.build();
    }

    private static <V> String measure(TopologyTestDriver driver, int records, Deserializer<V> deserializer, boolean joins) {
        TestInputTopic<String, String> in = driver.createInputTopic("in", new StringSerializer(), new StringSerializer());
        TestInputTopic<String, String> users = joins
            ? driver.createInputTopic("users", new StringSerializer(), new StringSerializer())
            : null;
        TestOutputTopic<String, V> out = driver.createOutputTopic("out", new StringDeserializer(), deserializer);
        CRC32 checksum = new CRC32();
        long outputs = 0;
        long state = 1;
        long cpu = cpuNanos();
        long start = System.nanoTime();
        for (int id = 0; id < records; id++) {
            state = (state * 1_103_515_245L + 12_345L) & 0x7fffffffL;
            String key = "user-" + ((state >> 8) % KEYS);
            long timestamp = 1_700_000_000_000L + id * 10L;
            String value = "{\"id\":" + id + ",\"user\":\"" + key + "\",\"amount\":" + (state % 100_000) + "}";
            // Every tenth record is an update of the table.
            if (joins && id % 10 == 0) users.pipeInput(key, value, timestamp);
            else in.pipeInput(key, value, timestamp);
            if (id % DRAIN == DRAIN - 1) outputs += drain(out, checksum);
        }
        outputs += drain(out, checksum);
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpuSeconds = (cpuNanos() - cpu) / 1e9;
        return String.format(Locale.ROOT, "{\"seconds\":%.4f,\"cpuSeconds\":%.4f,\"outputs\":%d,\"checksum\":%d}",
            seconds, cpuSeconds, outputs, checksum.getValue());
    }

    private static <V> int drain(TestOutputTopic<String, V> out, CRC32 checksum) {
        int count = 0;
        for (TestRecord<String, V> record : out.readRecordsToList()) {
            String line = record.key() + "," + record.value() + "," + record.timestamp() + "\n";
            checksum.update(line.getBytes(StandardCharsets.UTF_8));
            count++;
        }
        return count;
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(path);
        }
    }

    private Driver() {
    }
}
