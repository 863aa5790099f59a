package bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/** JSON objects through Jackson's tree model: what `json()` is to Millrace. */
final class JsonSerde implements Serde<ObjectNode> {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Override
  public Serializer<ObjectNode> serializer() {
    return (topic, node) -> {
      try {
        return node == null ? null : MAPPER.writeValueAsBytes(node);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    };
  }

  @Override
  public Deserializer<ObjectNode> deserializer() {
    return (topic, bytes) -> {
      try {
        return bytes == null ? null : (ObjectNode) MAPPER.readTree(bytes);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    };
  }
}
