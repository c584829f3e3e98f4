package ksfull;

import com.dslplatform.json.DslJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The default policy (contract §7), or that with the keys of a JSON file. */
final class Policy {
  /** A duration in milliseconds or in business days. */
  record Span(long ms, int businessDays) {
    static Span parse(String text) {
      if (text.endsWith("bd")) {
        return new Span(0, Integer.parseInt(text.substring(0, text.length() - 2)));
      }
      long n = Long.parseLong(text.substring(0, text.length() - 1));
      return switch (text.charAt(text.length() - 1)) {
        case 'd' -> new Span(n * 86_400_000L, 0);
        case 'h' -> new Span(n * 3_600_000L, 0);
        case 'm' -> new Span(n * 60_000L, 0);
        default -> throw new IllegalArgumentException(text);
      };
    }

    long after(long t, Calendar.Zone zone) {
      return businessDays == 0 ? t + ms : zone.plus(t, businessDays);
    }
  }

  final String label;
  final String hash;
  final long earlyWindow;
  final long maxAhead;
  final Span[] interval = new Span[4];
  final Span[] grace = new Span[4];
  final Span[] after = new Span[9];
  final Span[] escalateAfter = new Span[9];
  final boolean[] enabled = new boolean[9];
  private final Map<String, Calendar.Zone> zones = new HashMap<>();
  private final Calendar.Zone utc = new Calendar.Zone("UTC");

  Policy(Map<String, Object> given, String hash) {
    this.hash = hash;
    label = text(given, "default", "name") + "@" + text(given, "1", "version");
    earlyWindow = Span.parse(text(given, "3d", "contact", "early_window")).ms;
    maxAhead = Span.parse(text(given, "400d", "contact", "max_ahead")).ms;
    String[] intervals = {"7d", "30d", "90d", "365d"};
    String[] graces = {"1bd", "3bd", "5bd", "10bd"};
    for (int i = 0; i < 4; i++) {
      interval[i] = Span.parse(text(given, intervals[i], "contact", "interval", Types.LEVELS[i]));
      grace[i] = Span.parse(text(given, graces[i], "contact", "grace", Types.LEVELS[i]));
    }
    String[] afters = {"5bd", "15d", "10bd", "10bd", "5bd", "5bd", "0d", "0d", "0d"};
    for (int i = 0; i < 9; i++) {
      String cause = Types.CAUSES[i];
      after[i] = Span.parse(text(given, afters[i], "causes", cause, "after"));
      escalateAfter[i] = Span.parse(text(given, i == Types.OVERDUE || i == Types.MISSED ? "14d" : "30d", "causes", cause, "escalate_after"));
      enabled[i] = !"false".equals(text(given, "true", "causes", cause, "enabled"));
    }
    String[][] offices = {{"ATL", "America/New_York"}, {"STP", "America/Chicago"}, {"SEA", "America/Los_Angeles"}, {"WAS", "America/New_York"}};
    Map<String, String> names = new LinkedHashMap<>();
    for (String[] office : offices) {
      names.put(office[0], office[1]);
    }
    if (given.get("offices") instanceof Map<?, ?> more) {
      more.forEach((office, table) -> names.put((String) office, (String) ((Map<?, ?>) table).get("tz")));
    }
    Map<String, Calendar.Zone> built = new HashMap<>();
    names.forEach((office, tz) -> zones.put(office, built.computeIfAbsent(tz, Calendar.Zone::new)));
  }

  Calendar.Zone zone(String office) {
    Calendar.Zone zone = office == null ? null : zones.get(office);
    return zone == null ? utc : zone;
  }

  private static String text(Object given, String otherwise, String... path) {
    for (String name : path) {
      given = given instanceof Map<?, ?> table ? table.get(name) : null;
    }
    return given == null ? otherwise : String.valueOf(given);
  }

  @SuppressWarnings("unchecked")
  static Policy load(String file, String hash) throws IOException {
    if (file == null || file.isEmpty()) {
      return new Policy(Map.of(), hash);
    }
    byte[] json = Files.readAllBytes(Path.of(file));
    return new Policy((Map<String, Object>) new DslJson<Object>().deserialize(Map.class, json, json.length), hash);
  }
}
