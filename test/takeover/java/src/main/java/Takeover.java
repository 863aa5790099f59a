import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TableJoined;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The twin of topology.ts. Arguments: brokers, application id, topic prefix, state directory, bytes of record cache, session
 * time-out in ms, transaction time-out in ms.
 */
public final class Takeover {
    static final Serde<String> STRING = Serdes.String();
    static final Serde<Long> LONG = Serdes.Long();
    static final Duration WINDOW = Duration.ofSeconds(10);

    static StreamsBuilder topology(String prefix) {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> events = builder.stream(prefix + "events", Consumed.with(STRING, STRING));
        KTable<String, String> users = builder.table(prefix + "users", Consumed.with(STRING, STRING));

        events.groupByKey(Grouped.with(STRING, STRING))
            .count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("counts"))
            .toStream()
            .to(prefix + "counts", Produced.with(STRING, LONG));

        events.groupByKey(Grouped.with(STRING, STRING))
            .windowedBy(TimeWindows.ofSizeAndGrace(WINDOW, Duration.ofHours(1)))
            .aggregate(
                () -> 0L,
                (key, value, sum) -> sum + Long.parseLong(value),
                Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("sums").withKeySerde(STRING).withValueSerde(LONG))
            .toStream()
            .to(prefix + "sums", Produced.with(new WindowedSerdes.TimeWindowedSerde<>(STRING, WINDOW.toMillis()), LONG));

        events.join(users, (event, user) -> event + " by " + user, Joined.with(STRING, STRING, STRING))
            .to(prefix + "joined", Produced.with(STRING, STRING));

        KTable<String, String> orders = builder.table(prefix + "orders", Consumed.with(STRING, STRING));
        KTable<String, String> customers = builder.table(prefix + "customers", Consumed.with(STRING, STRING));
        orders.join(
                customers,
                order -> order.substring(0, order.indexOf(' ')),
                (order, customer) -> order + " is " + customer,
                TableJoined.as("enrich"),
                Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("enriched").withKeySerde(STRING).withValueSerde(STRING))
            .toStream()
            .to(prefix + "enriched", Produced.with(STRING, STRING));
        return builder;
    }

    public static void main(String[] args) throws Exception {
        Properties config = new Properties();
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
        config.put(StreamsConfig.STATE_DIR_CONFIG, args[3]);
        config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, args[4]);
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "500");
        config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), args[5]);
        config.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), "500");
        config.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        config.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), args[6]);

        KafkaStreams streams = new KafkaStreams(topology(args[2]).build(), config);
        // A member of another protocol may still be in the group: wait it out, as its Millrace twin does.
        streams.setUncaughtExceptionHandler(error -> {
            System.err.println("again, after: " + error);
            try {
                Thread.sleep(500);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
        streams.setStateListener((now, before) -> System.err.println("state " + now));
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }
}
