package bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Arrays;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.WindowStore;

/** The pipelines; `../../../../../../millrace/topologies.ts` has the same ones. */
final class Pipelines {
  private static final Serde<String> STRING = Serdes.String();
  private static final Serde<Long> LONG = Serdes.Long();
  private static final Serde<byte[]> BYTES = Serdes.ByteArray();
  private static final Serde<ObjectNode> JSON = new JsonSerde();

  private final StreamsBuilder builder;
  private final String inputPrefix;
  private final String output;

  Pipelines(StreamsBuilder builder, String inputPrefix, String output) {
    this.builder = builder;
    this.inputPrefix = inputPrefix;
    this.output = output;
  }

  void add(String pipeline) {
    switch (pipeline) {
      case "p1" -> stateless();
      case "p2" -> count("events");
      case "p2l" -> count("events-many-users");
      case "p3" -> windowedCount();
      case "p4" -> tableJoin();
      case "p5" -> streamJoin();
      case "p6" -> repartition();
      case "p7" -> sessions();
      case "p8" -> foreignKeyJoin();
      default -> new Nexmark(builder, inputPrefix, output).add(pipeline);
    }
  }

  private void stateless() {
    builder.stream(inputPrefix + "events", Consumed.with(STRING, JSON))
        .filter((key, event) -> event.get("amount").asDouble() < 500)
        .mapValues(
            event -> {
              ObjectNode sale = event.deepCopy();
              return sale.put("cents", Math.round(event.get("amount").asDouble() * 100));
            })
        .to(output, Produced.with(STRING, JSON));
  }

  private void count(String input) {
    grouped(input)
        .count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("counts").withKeySerde(STRING).withValueSerde(LONG))
        .toStream()
        .to(output, Produced.with(STRING, LONG));
  }

  private KGroupedStream<String, byte[]> grouped(String input) {
    return builder.stream(inputPrefix + input, Consumed.with(STRING, BYTES)).groupByKey(Grouped.with(STRING, BYTES));
  }

  private void windowedCount() {
    Duration size = Duration.ofMinutes(1);
    grouped("events")
        .windowedBy(TimeWindows.ofSizeAndGrace(size, Duration.ofSeconds(10)))
        .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("counts").withKeySerde(STRING).withValueSerde(LONG))
        .toStream()
        .to(output, Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, size.toMillis()), LONG));
  }

  private void tableJoin() {
    KTable<String, ObjectNode> users = users();
    builder.stream(inputPrefix + "events", Consumed.with(STRING, JSON))
        .join(users, Pipelines::withUser, Joined.with(STRING, JSON, JSON))
        .to(output, Produced.with(STRING, JSON));
  }

  private KTable<String, ObjectNode> users() {
    return builder.table(
        inputPrefix + "users",
        Consumed.with(STRING, JSON),
        Materialized.<String, ObjectNode, KeyValueStore<Bytes, byte[]>>as("users").withKeySerde(STRING).withValueSerde(JSON));
  }

  private static ObjectNode withUser(ObjectNode event, ObjectNode user) {
    ObjectNode joined = event.deepCopy();
    joined.set("user", user);
    return joined;
  }

  private void streamJoin() {
    KStream<String, byte[]> right = builder.stream(inputPrefix + "right", Consumed.with(STRING, BYTES));
    builder.stream(inputPrefix + "left", Consumed.with(STRING, BYTES))
        .join(
            right,
            Pipelines::concatenated,
            JoinWindows.ofTimeDifferenceAndGrace(Duration.ofSeconds(5), Duration.ofSeconds(10)),
            StreamJoined.with(STRING, BYTES, BYTES))
        .to(output, Produced.with(STRING, BYTES));
  }

  private static byte[] concatenated(byte[] left, byte[] right) {
    byte[] both = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, both, left.length, right.length);
    return both;
  }

  private void repartition() {
    builder.stream(inputPrefix + "events", Consumed.with(STRING, JSON))
        .groupBy((key, event) -> event.get("type").asText() + event.get("region").asText(), Grouped.with(STRING, JSON))
        .count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("counts").withKeySerde(STRING).withValueSerde(LONG))
        .toStream()
        .to(output, Produced.with(STRING, LONG));
  }

  private void sessions() {
    grouped("events")
        .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofSeconds(30)))
        .count(Materialized.<String, Long, SessionStore<Bytes, byte[]>>as("counts").withKeySerde(STRING).withValueSerde(LONG))
        .toStream()
        .to(output, Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class), LONG));
  }

  private void foreignKeyJoin() {
    KTable<String, ObjectNode> users = users();
    builder.table(
            inputPrefix + "orders",
            Consumed.with(STRING, JSON),
            Materialized.<String, ObjectNode, KeyValueStore<Bytes, byte[]>>as("orders").withKeySerde(STRING).withValueSerde(JSON))
        .join(
            users,
            order -> order.get("user").asText(),
            Pipelines::withUser,
            Materialized.<String, ObjectNode, KeyValueStore<Bytes, byte[]>>as("joined").withKeySerde(STRING).withValueSerde(JSON))
        .toStream()
        .to(output, Produced.with(STRING, JSON));
  }
}
