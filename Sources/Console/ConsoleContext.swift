import HTTPDoor
import Hummingbird

/// What a request to the page's server brings along: what the door knows of it, and which browser asks.
struct ConsoleContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    /// What the door knows.
    let door: DoorContext
    /// Who asks, once ``PageGuard`` has looked at the cookie.
    var browser: Browser?

    init(context: DoorContext) {
        coreContext = context.coreContext
        door = context
    }
}
