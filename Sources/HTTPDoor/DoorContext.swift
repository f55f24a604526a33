public import Hummingbird

/// What a request brings along besides itself.
public struct DoorContext: RequestContext {
    /// What Hummingbird keeps there.
    public var coreContext: CoreRequestContextStorage
    /// Who asks.
    public let caller: Caller

    /// The context of a request of this caller.
    public init(source: ApplicationRequestContextSource, caller: Caller) {
        coreContext = .init(source: source)
        self.caller = caller
    }

    /// The context of a request of nobody, who may do nothing.
    public init(source: ApplicationRequestContextSource) { self.init(source: source, caller: Caller("nobody", roles: [])) }
}
