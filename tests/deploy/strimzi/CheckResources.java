// Reads KafkaTopics and KafkaUsers into Strimzi's own classes; prints every field that they do not know or do not keep.
//
//     java -cp 'LIB/*' CheckResources.java FILE...      exit code 1 when it prints something

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.strimzi.api.kafka.model.common.UnknownPropertyPreserving;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.File;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

public class CheckResources {
    private static final Map<String, Class<?>> KINDS = Map.of("KafkaTopic", KafkaTopic.class, "KafkaUser", KafkaUser.class);

    public static void main(String[] files) throws Exception {
        ObjectMapper mapper = new ObjectMapper(new YAMLFactory());
        List<String> faults = new ArrayList<>();
        int read = 0;
        for (String file : files) {
            for (var documents = mapper.readerFor(JsonNode.class).readValues(new File(file)); documents.hasNext(); read++) {
                JsonNode document = (JsonNode) documents.next();
                String name = document.at("/kind").asText() + " " + document.at("/metadata/name").asText();
                try {
                    Object resource = mapper.treeToValue(document, KINDS.get(document.at("/kind").asText()));
                    unknown(resource, name, faults);
                    missing(document.get("spec"), mapper.valueToTree(resource).get("spec"), name + " spec", faults);
                } catch (Exception error) {
                    faults.add(name + ": " + error.getMessage());
                }
            }
        }
        faults.forEach(System.out::println);
        System.out.println(read + " resources read, " + faults.size() + " faults");
        System.exit(faults.isEmpty() ? 0 : 1);
    }

    // properties that no class has are kept apart
    private static void unknown(Object value, String where, List<String> faults) throws Exception {
        if (value instanceof Collection<?> items) {
            for (Object item : items) {
                unknown(item, where + "[]", faults);
            }
        } else if (value instanceof UnknownPropertyPreserving object) {
            if (object.getAdditionalProperties() != null) {
                object.getAdditionalProperties().keySet().forEach(key -> faults.add(where + ": there is no " + key));
            }
            for (Method getter : value.getClass().getMethods()) {
                if (getter.getName().startsWith("get") && getter.getParameterCount() == 0
                        && !getter.getName().equals("getAdditionalProperties")) {
                    unknown(getter.invoke(value), where + "." + getter.getName().substring(3), faults);
                }
            }
        }
    }

    // a value of an enumeration that is not known becomes null; a default need not be given back
    private static void missing(JsonNode given, JsonNode back, String where, List<String> faults) {
        if (given instanceof ObjectNode object) {
            object.properties().forEach(entry -> missing(
                    entry.getValue(), back == null ? null : back.get(entry.getKey()), where + "." + entry.getKey(), faults));
        } else if (given.isArray()) {
            for (int i = 0; i < given.size(); i++) {
                missing(given.get(i), back == null ? null : back.get(i), where + "[" + i + "]", faults);
            }
        } else if ((back == null || !given.asText().equals(back.asText())) && !given.asText().equals("literal")) {
            faults.add(where + ": " + given + " is not understood");
        }
    }
}
