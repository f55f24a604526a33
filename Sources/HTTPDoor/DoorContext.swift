public import Hummingbird

/// What a request brings along besides itself.
public struct DoorContext: RequestContext {
    /// What Hummingbird keeps there.
    public var coreContext: CoreRequestContextStorage
    /// Who asks.
    public let caller: Caller
    /// The port at which the request came in; `nil` at a socket in the file system.
    public let port: Int?
    private let admission: Admission?

    /// The context of a request of this caller.
    public init(source: ApplicationRequestContextSource, caller: Caller) { self.init(source: source, caller: caller, admission: nil) }

    /// The context of a request of nobody, who may do nothing.
    public init(source: ApplicationRequestContextSource) { self.init(source: source, caller: Caller("nobody", roles: [])) }

    init(source: ApplicationRequestContextSource, caller: Caller, admission: Admission?) {
        coreContext = .init(source: source)
        self.caller = caller
        port = source.channel.localAddress?.port
        self.admission = admission
    }

    /// Says that this request waits for something to happen from now on: a long poll, an event stream.
    ///
    /// It no longer counts among the requests that are being answered, but among those that wait. Its task is cancelled
    /// when the client goes away.
    ///
    /// - Throws: ``Problem`` 429 `tooManyRequests`.
    public func standAside() throws(Problem) { try admission?.wait() }
}
