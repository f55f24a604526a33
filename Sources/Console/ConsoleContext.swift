import Hummingbird
import NIOCore

/// What a request to the page's server brings along: where it came in, and which browser asks.
struct ConsoleContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The port on which it came in.
    let port: Int?
    /// Who asks, once ``PageGuard`` has looked at the cookie.
    var browser: Browser?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        port = source.channel.localAddress?.port
    }
}
