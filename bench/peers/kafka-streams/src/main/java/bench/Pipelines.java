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

  private Pipelines() {}

  static void add(StreamsBuilder builder, String pipeline, String output) {
    switch (pipeline) {
      case "p1" -> stateless(builder, output);
      case "p2" -> count(builder, "events", output);
      case "p2l" -> count(builder, "events-many-users", output);
      case "p3" -> windowedCount(builder, output);
      case "p4" -> tableJoin(builder, output);
      case "p5" -> streamJoin(builder, output);
      case "p6" -> repartition(builder, output);
      case "p7" -> sessions(builder, output);
      case "p8" -> foreignKeyJoin(builder, output);
      default -> throw new IllegalArgumentException("no pipeline " + pipeline);
    }
  }

  private static void stateless(StreamsBuilder builder, String output) {
    builder.stream("events", Consumed.with(STRING, JSON))
        .filter((key, event) -> event.get("amount").asDouble() < 500)
        .mapValues(
            event -> {
              ObjectNode sale = event.deepCopy();
              return sale.put("cents", Math.round(event.get("amount").asDouble() * 100));
            })
        .to(output, Produced.with(STRING, JSON));
  }

  private static void count(StreamsBuilder builder, String input, String output) {
    grouped(builder, input)
        .count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("counts").withKeySerde(STRING).withValueSerde(LONG))
        .toStream()
        .to(output, Produced.with(STRING, LONG));
  }

  private static KGroupedStream<String, byte[]> grouped(StreamsBuilder builder, String input) {
    return builder.stream(input, Consumed.with(STRING, BYTES)).groupByKey(Grouped.with(STRING, BYTES));
  }

  private static void windowedCount(StreamsBuilder builder, String output) {
    Duration size = Duration.ofMinutes(1);
    grouped(builder, "events")
        .windowedBy(TimeWindows.ofSizeAndGrace(size, Duration.ofSeconds(10)))
        .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("counts").withKeySerde(STRING).withValueSerde(LONG))
        .toStream()
        .to(output, Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, size.toMillis()), LONG));
  }

  private static void tableJoin(StreamsBuilder builder, String output) {
    KTable<String, ObjectNode> users = users(builder);
    builder.stream("events", Consumed.with(STRING, JSON))
        .join(users, Pipelines::withUser, Joined.with(STRING, JSON, JSON))
        .to(output, Produced.with(STRING, JSON));
  }

  private static KTable<String, ObjectNode> users(StreamsBuilder builder) {
    return builder.table(
        "users",
        Consumed.with(STRING, JSON),
        Materialized.<String, ObjectNode, KeyValueStore<Bytes, byte[]>>as("users").withKeySerde(STRING).withValueSerde(JSON));
  }

  private static ObjectNode withUser(ObjectNode event, ObjectNode user) {
    ObjectNode joined = event.deepCopy();
    joined.set("user", user);
    return joined;
  }

  private static void streamJoin(StreamsBuilder builder, String output) {
    KStream<String, byte[]> right = builder.stream("right", Consumed.with(STRING, BYTES));
    builder.stream("left", Consumed.with(STRING, BYTES))
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

  private static void repartition(StreamsBuilder builder, String output) {
    builder.stream("events", Consumed.with(STRING, JSON))
        .groupBy((key, event) -> event.get("type").asText() + event.get("region").asText(), Grouped.with(STRING, JSON))
        .count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("counts").withKeySerde(STRING).withValueSerde(LONG))
        .toStream()
        .to(output, Produced.with(STRING, LONG));
  }

  private static void sessions(StreamsBuilder builder, String output) {
    grouped(builder, "events")
        .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofSeconds(30)))
        .count(Materialized.<String, Long, SessionStore<Bytes, byte[]>>as("counts").withKeySerde(STRING).withValueSerde(LONG))
        .toStream()
        .to(output, Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class), LONG));
  }

  private static void foreignKeyJoin(StreamsBuilder builder, String output) {
    KTable<String, ObjectNode> users = users(builder);
    builder.table(
            "orders",
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
