package ksfull;

import java.io.IOException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** The four case topics in, alert revisions out, until SIGTERM. Settings are KS_ variables; see full_streams.py. */
public final class App {
  static final String CASES = "cases";
  static final String LOADS = "loads";
  static final String HELD = "held";
  static final String[] TOPICS = {"cases", "check-ins", "hearings", "reassignments"};

  /** Decoded once, where Kafka Streams asks for it: the extractor needs recorded_at. */
  static final class EventDeserializer implements Deserializer<Event> {
    private final ThreadLocal<Decoder> decoder = ThreadLocal.withInitial(Decoder::new);

    @Override
    public Event deserialize(String topic, byte[] data) {
      return data == null ? null : decoder.get().decode(data);
    }
  }

  static final class RecordedAt implements TimestampExtractor {
    @Override
    public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
      return ((Event) record.value()).rec;
    }
  }

  private static StoreBuilder<KeyValueStore<String, byte[]>> store(String name, Serde<String> keys, boolean cached) {
    boolean inMemory = setting("STORE", "memory").equals("memory");
    var supplier = inMemory ? Stores.inMemoryKeyValueStore(name) : Stores.persistentKeyValueStore(name);
    var builder = Stores.keyValueStoreBuilder(supplier, keys, Serdes.ByteArray()).withLoggingEnabled(Map.of());
    return cached ? builder.withCachingEnabled() : builder.withCachingDisabled();
  }

  static Topology topology(Policy policy, String prefix, String alerts, int objects, boolean cached) {
    String[] topics = new String[TOPICS.length];
    for (int i = 0; i < topics.length; i++) {
      topics[i] = prefix + "." + TOPICS[i];
    }
    Topology topology = new Topology();
    topology.addSource((org.apache.kafka.streams.AutoOffsetReset) null, "events", new RecordedAt(), new ByteArrayDeserializer(), new EventDeserializer(), topics);
    ProcessorSupplier<byte[], Event, String, byte[]> supplier = new ProcessorSupplier<>() {
      @Override
      public Processor<byte[], Event, String, byte[]> get() {
        return new Monitor(policy, topics, objects);
      }
    };
    topology.addProcessor("monitor", supplier, "events");
    topology.addStateStore(new Hook.Builder(), "monitor");
    topology.addStateStore(store(CASES, Serdes.String(), cached), "monitor");
    topology.addStateStore(store(LOADS, Serdes.String(), cached), "monitor");
    topology.addStateStore(store(HELD, Serdes.String(), false), "monitor");
    topology.addSink("alerts", alerts, new StringSerializer(), new ByteArraySerializer(), "monitor");
    return topology;
  }

  public static void main(String[] args) throws InterruptedException, IOException {
    Policy policy = Policy.load(setting("POLICY", ""), setting("POLICY_HASH", null));
    long cache = Long.parseLong(setting("CACHE_BYTES", "0"));
    int objects = Integer.parseInt(setting("OBJECTS", "50000"));
    Topology topology = topology(policy, setting("PREFIX", "docket"), setting("ALERTS", "docket.alerts"), objects, cache > 0);
    KafkaStreams streams = new KafkaStreams(topology, properties(cache));
    CountDownLatch failed = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          failed.countDown();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
    failed.await();
    Runtime.getRuntime().halt(70);
  }

  private static Properties properties(long cache) {
    boolean exactly = setting("GUARANTEE", "exactly_once_v2").equals("exactly_once_v2");
    Properties p = new Properties();
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, setting("GROUP", null));
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, setting("BROKER", null));
    p.put(StreamsConfig.STATE_DIR_CONFIG, setting("DIRECTORY", null));
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, exactly ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, setting("COMMIT_MS", exactly ? "100" : "1000"));
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, setting("THREADS", "1"));
    p.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, setting("IDLE_MS", "500"));
    p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, cache);
    p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "all");
    p.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 100);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 512 << 10);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 128L << 20);
    if (setting("COMPRESSION", null, false) != null) {
      p.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), setting("COMPRESSION", null));
    }
    return p;
  }

  static String setting(String name, String otherwise) {
    return setting(name, otherwise, otherwise == null);
  }

  private static String setting(String name, String otherwise, boolean required) {
    String value = System.getenv("KS_" + name);
    if (value == null && required) {
      throw new IllegalArgumentException("KS_" + name + " is not set");
    }
    return value == null ? otherwise : value;
  }

  private App() {}
}
