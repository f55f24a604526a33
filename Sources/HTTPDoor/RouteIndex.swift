import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods each path of a router has, and what bodies it takes: known before a request is dispatched.
///
/// Hummingbird answers 404 for a method that a path does not have. The index is a router of its own over the same paths,
/// so that it resolves them as the real one does.
struct RouteIndex: Sendable {
    /// What is known of one path.
    struct Entry: Sendable {
        /// The path as it was declared: `/v1/things/{id}`.
        var route = ""
        var methods: Set<String> = []
        var body = BodyRule("")
        /// Whether it tells that the program lives, which has to be told also while it has much to do.
        var isProbe = false

        /// The value of `Allow` (RFC 9110, 10.2.1).
        var allow: String {
            var all = methods
            if all.contains("GET") { all.insert("HEAD") }
            return all.sorted().joined(separator: ", ")
        }
    }

    /// Where supervisors ask; `livenessProbe`, `readinessProbe` of Kubernetes by custom.
    private static let probes: Set<String> = ["/healthz", "/readyz"]

    private struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let found = Found()

        init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }
    }

    private final class Found: Sendable {
        let entry = Mutex<Entry?>(nil)
    }

    private let paths: RouterResponder<Context>
    /// The paths as they were declared, for people.
    let names: String

    /// The index of a router's routes; a rule for a path that it does not have is of no effect.
    init(_ routes: Router<DoorContext>, bodies: [BodyRule]) {
        let rules = Dictionary(bodies.map { (RouterPath($0.path).description, $0) }, uniquingKeysWith: { $1 })
        var entries: [(path: RouterPath, entry: Entry)] = []
        for route in routes.routes {
            if let last = entries.indices.last, entries[last].path == route.path {
                entries[last].entry.methods.insert(route.method.rawValue)
            } else {
                let rule = rules[route.path.description] ?? BodyRule(route.path.description)
                let place = route.path.description
                let entry = Entry(route: place, methods: [route.method.rawValue], body: rule, isProbe: Self.probes.contains(place))
                entries.append((route.path, entry))
            }
        }
        names = entries.map(\.entry.route).sorted().joined(separator: ", ")
        let router = Router(context: Context.self)
        for (path, entry) in entries {
            router.on(path, method: .get) { _, context in
                context.found.entry.withLock { $0 = entry }
                return Response(status: .noContent)
            }
        }
        paths = router.buildResponder()
    }

    /// What is known of the path of this request; `nil` for a path that no route has.
    func entry(for path: Substring, source: ApplicationRequestContextSource) async -> Entry? {
        let context = Context(source: source)
        let request = Request(
            head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: String(path)), body: .init(buffer: .init()))
        _ = try? await paths.respond(to: request, context: context)
        return context.found.entry.withLock { $0 }
    }
}
