import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.*;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Signs a customer in and has a payment approved on an attached card. Needs Java 17 and no library; see ../README.md. */
public final class Approve {
    static final String PAYMENT = """
        {"kind": "payment", "iban": "LU280019400644750000", "amount": "12.50", "currency": "EUR",
         "payee": "Anna Muster", "reference": "Invoice 7"}""";
    static final Set<String> FINAL = Set.of("succeeded", "refused", "cancelled", "expired", "failed", "indeterminate");
    static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** A problem (RFC 9457): programs compare `code`, people read the rest. */
    @SuppressWarnings("serial")
    static final class Refused extends Exception {
        final String code, userAction;

        Refused(String code, String detail, String userAction) {
            super(detail);
            this.code = code;
            this.userAction = userAction;
        }

        static Refused of(Object problem, String otherwise) {
            var detail = text(problem, "detail", "no reason was given");
            return new Refused(text(problem, "code", otherwise), detail, text(problem, "userAction", null));
        }
    }

    static Object ask(String method, String path, String body, int seconds, String... fields) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(variable("TESSERA_URL") + path)).timeout(Duration.ofSeconds(seconds))
            .header("Authorization", "Bearer " + variable("TESSERA_TOKEN")).header("Content-Type", "application/json")
            .header("Tessera-Version", "1").method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (fields.length > 0) request.headers(fields);
        var answer = CLIENT.send(request.build(), BodyHandlers.ofString());
        Object document = new Json(answer.body()).document();
        if (answer.statusCode() >= 400) throw Refused.of(document, "status" + answer.statusCode());
        return document;
    }

    public static void main(String[] arguments) throws InterruptedException {
        try {
            run(variable("TESSERA_USER"), variable("TESSERA_PASSWORD"));
        } catch (Refused refused) {
            System.err.println(refused.code + ": " + refused.getMessage());
            if (refused.userAction != null) System.err.println("next: " + refused.userAction);
            System.exit(1);
        } catch (Exception error) {
            System.err.println("unreachable: the daemon does not answer: " + error);
            System.err.println("next: start it, or mend TESSERA_URL");
            System.exit(1);
        }
    }

    static void run(String user, String password) throws Exception {
        // The user's own card among those that are attached now.
        var attached = list(ask("GET", "/v1/devices", null, 60), "devices").stream().map(device -> text(device, "id", "")).toList();
        var card = list(ask("GET", "/v1/subscribers/" + URLEncoder.encode(user, UTF_8) + "/enrolments", null, 60), "enrolments").stream()
            .filter(one -> text(one, "state", "").equals("active") && attached.contains(text(one, "device", null))).findFirst()
            .orElseThrow(() -> new Refused("cardMissing", "no card of " + user + " is attached", "insert the card"));
        var device = text(card, "device", "");

        var begun = ask("POST", "/v1/logins",
            object("user", user, "product", text(card, "product", ""), "place", "Luxembourg", "browser", "Firefox"), 60);
        // The person may take their time at the reader; the daemon's own deadline is shorter than ours.
        var session = ask("POST", "/v1/logins/" + text(begun, "id", "") + "/finish",
            object("user", user, "password", password, "attachedDevice", device), 360);
        System.out.println("signed in: " + text(session, "subscriber", ""));

        var operation = approve(user, device);
        System.out.println("payment: " + text(operation, "state", ""));
        var evidence = ((Map<?, ?>) operation).get("evidence");
        System.out.println("evidence: " + text(evidence, "kind", "") + ", bound to the " + text(evidence, "binding", "") + ", "
            + text(evidence, "acceptedAt", "") + ", " + text(evidence, "answer", "").substring(0, 16) + "…");

        // The one question before the payment is carried out: a yes is spent, under the payment's own key.
        var question = "{\"content\": " + PAYMENT + ", \"approvedBy\": " + quoted(text(operation, "id", "")) + "}";
        var permission = ask("POST", "/v1/permissions", question, 60,
            "Session-Token", text(session, "token", ""), "Idempotency-Key", UUID.randomUUID().toString());
        System.out.println("permission: " + text(permission, "answer", ""));
    }

    /** Asks the card's holder for a signature, and waits until there is an outcome. */
    static Object approve(String user, String device) throws Exception {
        var wish = "{\"subscriber\": " + quoted(user) + ", \"device\": " + quoted(device) + ", \"content\": " + PAYMENT + "}";
        // One key for one wish: to send it again with the same key does not ask the person twice.
        var operation = ask("POST", "/v1/operations", wish, 60, "Idempotency-Key", UUID.randomUUID().toString());
        var path = "/v1/operations/" + text(operation, "id", "");
        var deadline = Instant.now().plusSeconds(300);
        while (!FINAL.contains(text(operation, "state", ""))) {
            if (Instant.now().isAfter(deadline)) throw new Refused("deadline", "no outcome after five minutes", "look at " + path);
            operation = ask("GET", path + "?wait=30", null, 60);
        }
        var state = text(operation, "state", "");
        if (!state.equals("succeeded")) throw Refused.of(((Map<?, ?>) operation).get("failure"), state);
        return operation;
    }

    static String variable(String name) throws Refused {
        var value = System.getenv(name);
        if (value == null) throw new Refused("missing", name + " is missing", "see README.md");
        return value;
    }

    /** A member's text; a number's digits. */
    static String text(Object object, String name, String otherwise) {
        var value = object instanceof Map<?, ?> members ? members.get(name) : null;
        return value == null ? otherwise : value.toString();
    }

    static List<?> list(Object object, String name) {
        return object instanceof Map<?, ?> members && members.get(name) instanceof List<?> values ? values : List.of();
    }

    static String object(String... members) {
        var text = new StringJoiner(", ", "{", "}");
        for (int i = 0; i + 1 < members.length; i += 2) text.add(quoted(members[i]) + ": " + quoted(members[i + 1]));
        return text.toString();
    }

    static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c < ' ' || c == '"' || c == '\\') quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }

    /** Reads JSON (RFC 8259): maps, lists, strings; numbers, true and false stay the text that they are, null is null. */
    static final class Json {
        private static final Pattern TOKEN = Pattern.compile(
            "\\s*+([{}\\[\\],:]|true|false|null|-?\\d++(?:\\.\\d++)?(?:[eE][+-]?\\d++)?|$|"
            + "\"(?:[^\"\\\\]++|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4})*+\")");
        private final Matcher tokens;
        private String token = "";

        Json(String text) throws IOException {
            tokens = TOKEN.matcher(text);
            advance();
        }

        Object document() throws IOException {
            var value = value(32);
            if (!token.isEmpty()) throw bad();
            return value;
        }

        private Object value(int depth) throws IOException {
            if (depth == 0 || token.isEmpty() || "}],:".contains(token)) throw bad();
            var first = advance();
            if (first.equals("{")) {
                var members = new LinkedHashMap<String, Object>();
                while (!token.equals("}")) {
                    if (!token.startsWith("\"") || !(value(1) instanceof String name) || !advance().equals(":")) throw bad();
                    members.put(name, value(depth - 1));
                    separator("}");
                }
                advance();
                return members;
            }
            if (first.equals("[")) {
                var values = new ArrayList<Object>();
                while (!token.equals("]")) {
                    values.add(value(depth - 1));
                    separator("]");
                }
                advance();
                return values;
            }
            return first.startsWith("\"") ? unescaped(first.substring(1, first.length() - 1)) : first.equals("null") ? null : first;
        }

        private static String unescaped(String text) {
            return Pattern.compile("\\\\(u[0-9a-fA-F]{4}|.)").matcher(text).replaceAll(found -> {
                var escaped = found.group(1);
                int known = "bfnrt".indexOf(escaped.charAt(0));
                return Matcher.quoteReplacement(escaped.length() > 1 ? String.valueOf((char) Integer.parseInt(escaped.substring(1), 16))
                    : known < 0 ? escaped : String.valueOf("\b\f\n\r\t".charAt(known)));
            });
        }

        private void separator(String end) throws IOException {
            if (!token.equals(end) && (!advance().equals(",") || token.equals(end))) throw bad();
        }

        /** Goes on to the next token, and gives the one before. */
        private String advance() throws IOException {
            var former = token;
            if (!tokens.lookingAt()) throw bad();
            token = tokens.group(1);
            tokens.region(tokens.end(), tokens.regionEnd());
            return former;
        }

        private static IOException bad() { return new IOException("the answer is not JSON"); }
    }
}
