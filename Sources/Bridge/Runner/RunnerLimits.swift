/// How long the Runner waits, and for how many.
public struct RunnerLimits: Sendable {
    /// How long a caller may be silent before the device is freed, unless the request says otherwise; in seconds.
    public var lease = 60
    /// How long a claimed device may take, in seconds; other nodes take it for lost afterwards.
    public var claim = 300
    /// How many requests of one caller wait for one device.
    public var waiting = 64
    /// How often leases and expiries are looked at while somebody waits.
    public var tick = Duration.milliseconds(250)
    /// How often claims of other nodes are looked at.
    public var sweep = Duration.seconds(30)
    /// How long a challenge of a login is waited for that says nothing of its end, in seconds.
    public var answer = 120
    /// How long what a device is doing may go on after the service is to end.
    public var grace = Duration.seconds(10)

    /// The usual limits.
    public init() {}
}
