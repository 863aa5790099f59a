package bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.processor.WallclockTimestampExtractor;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Nexmark's queries; `../../../../../../millrace/nexmark.ts` has the same ones. Where records come through a repartition
 * topic, the grace is longer than the input, so that the result does not depend on who was read first.
 */
final class Nexmark {
  private static final Serde<String> STRING = Serdes.String();
  private static final Serde<Long> LONG = Serdes.Long();
  private static final Serde<byte[]> BYTES = Serdes.ByteArray();
  private static final Serde<ObjectNode> JSON = new JsonSerde();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
  private static final Duration LONG_GRACE = Duration.ofDays(1);
  private static final int LAST_AUCTIONS = 10;
  private static final Set<String> STATES = Set.of("OR", "ID", "CA");

  private final StreamsBuilder builder;
  private final String inputPrefix;
  private final String output;

  Nexmark(StreamsBuilder builder, String inputPrefix, String output) {
    this.builder = builder;
    this.inputPrefix = inputPrefix;
    this.output = output;
  }

  void add(String query) {
    switch (query) {
      case "q0" -> bids().to(output, Produced.with(STRING, JSON));
      case "q1" -> currency();
      case "q2" -> selection();
      case "q3" -> localItems();
      case "q4" -> averageByCategory();
      case "q5" -> hotItems();
      case "q6" -> averageBySeller();
      case "q7" -> highestBids();
      case "q8" -> newSellers();
      case "q11" -> sessions();
      case "q12" -> processingTime();
      default -> throw new IllegalArgumentException("no query " + query);
    }
  }

  private KStream<String, ObjectNode> bids() {
    return builder.stream(inputPrefix + "bids", Consumed.with(STRING, JSON));
  }

  private KTable<String, ObjectNode> table(String name) {
    return builder.table(inputPrefix + name, Consumed.with(STRING, JSON), keyValue(name));
  }

  private static Materialized<String, ObjectNode, KeyValueStore<Bytes, byte[]>> keyValue(String store) {
    return Materialized.<String, ObjectNode, KeyValueStore<Bytes, byte[]>>as(store).withKeySerde(STRING).withValueSerde(JSON);
  }

  private static Materialized<String, ObjectNode, WindowStore<Bytes, byte[]>> windowed(String store) {
    return Materialized.<String, ObjectNode, WindowStore<Bytes, byte[]>>as(store).withKeySerde(STRING).withValueSerde(JSON);
  }

  private static Materialized<String, Long, WindowStore<Bytes, byte[]>> windowedCount(String store) {
    return Materialized.<String, Long, WindowStore<Bytes, byte[]>>as(store).withKeySerde(STRING).withValueSerde(LONG);
  }

  private static ObjectNode object() {
    return NODES.objectNode();
  }

  private void currency() {
    bids()
        .mapValues(bid -> bid.deepCopy().put("price", bid.get("price").asDouble() * 0.908))
        .to(output, Produced.with(STRING, JSON));
  }

  private void selection() {
    bids()
        .filter((key, bid) -> bid.get("auction").asLong() % 123 == 0)
        .mapValues(bid -> object().put("auction", bid.get("auction").asLong()).put("price", bid.get("price").asLong()))
        .to(output, Produced.with(STRING, JSON));
  }

  private void localItems() {
    KTable<String, ObjectNode> persons =
        table("persons").filter((id, person) -> STATES.contains(person.get("state").asText()));
    table("auctions")
        .filter((id, auction) -> auction.get("category").asInt() == 10)
        .join(persons, auction -> auction.get("seller").asText(), Nexmark::localItem, keyValue("joined"))
        .toStream()
        .to(output, Produced.with(STRING, JSON));
  }

  private static ObjectNode localItem(ObjectNode auction, ObjectNode person) {
    return object()
        .put("name", person.get("name").asText())
        .put("city", person.get("city").asText())
        .put("state", person.get("state").asText())
        .put("auction", auction.get("id").asLong());
  }

  /** Of each auction the best valid bid so far. */
  private KTable<String, ObjectNode> winningBids() {
    return bids()
        .join(table("auctions"), Nexmark::bidOnAuction, Joined.with(STRING, JSON, JSON))
        .filter((id, joined) -> joined.get("valid").asBoolean())
        .mapValues(joined -> (ObjectNode) joined.get("winning"))
        .groupByKey(Grouped.with(STRING, JSON))
        .reduce((best, bid) -> price(bid) > price(best) ? bid : best, keyValue("winning"));
  }

  private static ObjectNode bidOnAuction(ObjectNode bid, ObjectNode auction) {
    long at = bid.get("dateTime").asLong();
    boolean valid = at >= auction.get("dateTime").asLong() && at <= auction.get("expires").asLong();
    ObjectNode winning = object();
    winning.set("category", auction.get("category"));
    winning.set("seller", auction.get("seller"));
    winning.set("auction", auction.get("id"));
    winning.set("expires", auction.get("expires"));
    winning.set("price", bid.get("price"));
    ObjectNode joined = object().put("valid", valid);
    joined.set("winning", winning);
    return joined;
  }

  private static long price(JsonNode node) {
    return node.get("price").asLong();
  }

  private void averageByCategory() {
    winningBids()
        .groupBy(
            (id, winning) -> KeyValue.pair(winning.get("category").asText(), price(winning)), Grouped.with(STRING, LONG))
        .aggregate(
            () -> total(0, 0),
            (category, price, total) -> total(total.get("count").asLong() + 1, total.get("sum").asLong() + price),
            (category, price, total) -> total(total.get("count").asLong() - 1, total.get("sum").asLong() - price),
            keyValue("averages"))
        .toStream()
        .mapValues(total -> object().put("average", total.get("sum").asDouble() / total.get("count").asDouble()))
        .to(output, Produced.with(STRING, JSON));
  }

  private static ObjectNode total(long count, long sum) {
    return object().put("count", count).put("sum", sum);
  }

  private void averageBySeller() {
    winningBids()
        .groupBy((id, winning) -> KeyValue.pair(winning.get("seller").asText(), winning), Grouped.with(STRING, JSON))
        .aggregate(Nexmark::noAuctions, Nexmark::withAuction, Nexmark::withoutAuction, keyValue("last-auctions"))
        .toStream()
        .mapValues(Nexmark::average)
        .to(output, Produced.with(STRING, JSON));
  }

  /** The serde knows objects only, so the list is in one. */
  private static ObjectNode noAuctions() {
    ObjectNode none = object();
    none.putArray("last");
    return none;
  }

  private static ObjectNode withAuction(String seller, ObjectNode winning, ObjectNode list) {
    List<JsonNode> last = nodes(list.get("last"));
    last.add(winning);
    last.sort(
        Comparator.<JsonNode>comparingLong(node -> node.get("expires").asLong())
            .thenComparingLong(node -> node.get("auction").asLong()));
    ObjectNode result = object();
    result.putArray("last").addAll(last.subList(Math.max(0, last.size() - LAST_AUCTIONS), last.size()));
    return result;
  }

  private static ObjectNode withoutAuction(String seller, ObjectNode winning, ObjectNode list) {
    ObjectNode result = object();
    result.set("last", without(list.get("last"), winning.get("auction").asLong()));
    return result;
  }

  private static List<JsonNode> nodes(JsonNode array) {
    List<JsonNode> nodes = new ArrayList<>(array.size() + 1);
    array.forEach(nodes::add);
    return nodes;
  }

  private static ArrayNode without(JsonNode array, long auction) {
    ArrayNode rest = NODES.arrayNode();
    for (JsonNode node : array) if (node.get("auction").asLong() != auction) rest.add(node);
    return rest;
  }

  private static ObjectNode average(ObjectNode list) {
    double sum = 0;
    for (JsonNode node : list.get("last")) sum += price(node);
    return object().put("average", sum / list.get("last").size());
  }

  private void hotItems() {
    builder.stream(inputPrefix + "bids", Consumed.with(STRING, BYTES))
        .groupByKey(Grouped.with(STRING, BYTES))
        .windowedBy(TimeWindows.ofSizeWithNoGrace(TEN_SECONDS).advanceBy(Duration.ofSeconds(2)))
        .count(windowedCount("counts"))
        .groupBy(
            (windowed, count) ->
                KeyValue.pair(
                    String.valueOf(windowed.window().start()),
                    object().put("auction", Long.parseLong(windowed.key())).put("count", count)),
            Grouped.with(STRING, JSON))
        .aggregate(Nexmark::noHottest, Nexmark::withCount, Nexmark::withoutCount, keyValue("hottest"))
        .toStream()
        .to(output, Produced.with(STRING, JSON));
  }

  private static ObjectNode noHottest() {
    return hottest(0, NODES.arrayNode());
  }

  private static ObjectNode hottest(long count, ArrayNode auctions) {
    ObjectNode result = object().put("count", count);
    result.set("auctions", auctions);
    return result;
  }

  /** Updates of an auction's count only grow, so that the highest count never has to be looked for again. */
  private static ObjectNode withCount(String window, ObjectNode counted, ObjectNode hottest) {
    long count = counted.get("count").asLong();
    long highest = hottest.get("count").asLong();
    if (count < highest) return hottest;
    if (count > highest) return hottest(count, NODES.arrayNode().add(counted.get("auction")));
    List<JsonNode> auctions = nodes(hottest.get("auctions"));
    auctions.add(counted.get("auction"));
    auctions.sort(Comparator.comparingLong(JsonNode::asLong));
    return hottest(count, NODES.arrayNode().addAll(auctions));
  }

  private static ObjectNode withoutCount(String window, ObjectNode counted, ObjectNode hottest) {
    ArrayNode rest = NODES.arrayNode();
    for (JsonNode auction : hottest.get("auctions")) {
      if (auction.asLong() != counted.get("auction").asLong()) rest.add(auction);
    }
    return hottest(hottest.get("count").asLong(), rest);
  }

  private void highestBids() {
    bids()
        .groupByKey(Grouped.with(STRING, JSON))
        .windowedBy(TimeWindows.ofSizeWithNoGrace(TEN_SECONDS))
        .aggregate(Nexmark::noBids, Nexmark::withBid, windowed("highest"))
        .groupBy(
            (windowed, highest) -> KeyValue.pair(String.valueOf(windowed.window().start()), highest),
            Grouped.with(STRING, JSON))
        .aggregate(Nexmark::noBids, Nexmark::withBids, Nexmark::withoutBids, keyValue("highest-of-all"))
        .toStream()
        .to(output, Produced.with(STRING, JSON));
  }

  private static ObjectNode noBids() {
    return highest(0, NODES.arrayNode());
  }

  private static ObjectNode highest(long price, ArrayNode bids) {
    ObjectNode result = object().put("price", price);
    result.set("bids", bids);
    return result;
  }

  private static ObjectNode withBid(String auction, ObjectNode bid, ObjectNode highest) {
    if (price(bid) < price(highest)) return highest;
    ObjectNode priced = object();
    priced.set("auction", bid.get("auction"));
    priced.set("bidder", bid.get("bidder"));
    priced.set("dateTime", bid.get("dateTime"));
    ArrayNode bids = NODES.arrayNode();
    if (price(bid) == price(highest)) bids.addAll(nodes(highest.get("bids")));
    return highest(price(bid), bids.add(priced));
  }

  private static ObjectNode withBids(String window, ObjectNode more, ObjectNode highest) {
    if (price(more) > price(highest)) return more;
    if (price(more) < price(highest)) return highest;
    List<JsonNode> bids = nodes(highest.get("bids"));
    bids.addAll(nodes(more.get("bids")));
    bids.sort(Comparator.comparingLong(bid -> bid.get("dateTime").asLong()));
    return highest(price(highest), NODES.arrayNode().addAll(bids));
  }

  private static ObjectNode withoutBids(String window, ObjectNode row, ObjectNode highest) {
    return highest(price(highest), without(highest.get("bids"), row.get("bids").get(0).get("auction").asLong()));
  }

  private void newSellers() {
    TimeWindows windows = TimeWindows.ofSizeAndGrace(TEN_SECONDS, LONG_GRACE);
    KTable<Windowed<String>, Long> sellers =
        builder.stream(inputPrefix + "auctions", Consumed.with(STRING, JSON))
            .map((key, auction) -> KeyValue.pair(auction.get("seller").asText(), auction.get("id").asLong()))
            .groupByKey(Grouped.with(STRING, LONG))
            .windowedBy(windows)
            .count(windowedCount("sellers"));
    builder.stream(inputPrefix + "persons", Consumed.with(STRING, JSON))
        .groupByKey(Grouped.with(STRING, JSON))
        .windowedBy(windows)
        .reduce((older, person) -> person, windowed("newcomers"))
        .join(sellers, (person, auctions) -> object().put("name", person.get("name").asText()).put("auctions", auctions))
        .toStream()
        .to(output, Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, TEN_SECONDS.toMillis()), JSON));
  }

  private static KeyValue<String, Long> byBidder(String auction, ObjectNode bid) {
    return KeyValue.pair(bid.get("bidder").asText(), price(bid));
  }

  private void sessions() {
    bids()
        .map(Nexmark::byBidder)
        .groupByKey(Grouped.with(STRING, LONG))
        .windowedBy(SessionWindows.ofInactivityGapAndGrace(TEN_SECONDS, LONG_GRACE))
        .count(Materialized.<String, Long, SessionStore<Bytes, byte[]>>as("sessions").withKeySerde(STRING).withValueSerde(LONG))
        .toStream()
        .to(output, Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class), LONG));
  }

  private void processingTime() {
    builder.stream(
            inputPrefix + "bids",
            Consumed.with(STRING, JSON).withTimestampExtractor(new WallclockTimestampExtractor()))
        .map(Nexmark::byBidder)
        .groupByKey(Grouped.with(STRING, LONG))
        .windowedBy(TimeWindows.ofSizeAndGrace(TEN_SECONDS, LONG_GRACE))
        .count(windowedCount("counts"))
        .toStream()
        .to(output, Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, TEN_SECONDS.toMillis()), LONG));
  }
}
