import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/** What is kept of a case; at rest three short ASCII texts, each behind its length, and the count (big-endian). */
final class CaseState {
  String lastContact = "";
  String lastEvent = "";
  String officer = "";
  int count;

  void merge(Event event) {
    if (event.occurredAt.compareTo(lastEvent) >= 0) {
      lastEvent = event.occurredAt;
      officer = event.officerId;
    }
    if (event.type.equals("check_in_completed") && event.occurredAt.compareTo(lastContact) > 0) {
      lastContact = event.occurredAt;
    }
    count++;
  }

  static final class InBytes implements Serde<CaseState>, Serializer<CaseState>, Deserializer<CaseState> {
    @Override
    public Serializer<CaseState> serializer() {
      return this;
    }

    @Override
    public Deserializer<CaseState> deserializer() {
      return this;
    }

    @Override
    public void configure(java.util.Map<String, ?> configs, boolean isKey) {}

    @Override
    public void close() {}

    @Override
    public byte[] serialize(String topic, CaseState state) {
      if (state == null) {
        return null;
      }
      int length = state.lastContact.length() + state.lastEvent.length() + state.officer.length();
      ByteBuffer bytes = ByteBuffer.allocate(3 + length + Integer.BYTES);
      put(bytes, state.lastContact);
      put(bytes, state.lastEvent);
      put(bytes, state.officer);
      return bytes.putInt(state.count).array();
    }

    @Override
    public CaseState deserialize(String topic, byte[] data) {
      if (data == null) {
        return null;
      }
      ByteBuffer bytes = ByteBuffer.wrap(data);
      CaseState state = new CaseState();
      state.lastContact = take(bytes);
      state.lastEvent = take(bytes);
      state.officer = take(bytes);
      state.count = bytes.getInt();
      return state;
    }

    // ASCII both ways, by the calls that copy without an encoder
    @SuppressWarnings("deprecation")
    private static void put(ByteBuffer bytes, String text) {
      bytes.put((byte) text.length());
      text.getBytes(0, text.length(), bytes.array(), bytes.position());
      bytes.position(bytes.position() + text.length());
    }

    private static String take(ByteBuffer bytes) {
      int length = bytes.get();
      String text = new String(bytes.array(), bytes.position(), length, StandardCharsets.ISO_8859_1);
      bytes.position(bytes.position() + length);
      return text;
    }
  }
}
