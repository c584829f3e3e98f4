import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Decode, merge into the case, durable changelog before the commit: one stream thread, until SIGTERM. */
public final class Kernel {
  private static final String STORE = "cases";

  private static final class Merge implements Processor<String, byte[], Void, Void> {
    private KeyValueStore<String, CaseState> cases;

    @Override
    public void init(ProcessorContext<Void, Void> context) {
      cases = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, byte[]> record) {
      try {
        Event event = Event.decode(record.value());
        CaseState state = cases.get(event.caseId);
        if (state == null) {
          state = new CaseState();
        }
        state.merge(event);
        cases.put(event.caseId, state);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }

  public static void main(String[] args) throws InterruptedException {
    boolean inMemory = setting("STORE").equals("memory");
    KeyValueBytesStoreSupplier supplier =
        inMemory ? Stores.inMemoryKeyValueStore(STORE) : Stores.persistentKeyValueStore(STORE);
    StoreBuilder<KeyValueStore<String, CaseState>> store =
        Stores.keyValueStoreBuilder(supplier, Serdes.String(), new CaseState.InBytes()).withLoggingEnabled(Map.of());
    long cache = Long.parseLong(setting("CACHE_BYTES"));
    store = cache > 0 ? store.withCachingEnabled() : store.withCachingDisabled();

    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(store);
    builder
        .stream(setting("TOPIC"), Consumed.with(Serdes.String(), Serdes.ByteArray()))
        .process(Merge::new, STORE);

    KafkaStreams streams = new KafkaStreams(builder.build(), properties(cache));
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
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, setting("GROUP"));
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, setting("BROKER"));
    properties.put(StreamsConfig.STATE_DIR_CONFIG, setting("DIRECTORY"));
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, setting("GUARANTEE"));
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, setting("COMMIT_MS"));
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, cache);
    properties.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "all");
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 512 << 10);
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 128L << 20);
    return properties;
  }

  private static String setting(String name) {
    String value = System.getenv("BENCH_" + name);
    if (value == null) {
      throw new IllegalArgumentException("BENCH_" + name + " is not set");
    }
    return value;
  }
}
