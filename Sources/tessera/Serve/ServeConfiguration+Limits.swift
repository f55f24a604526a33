import HTTPDoor

extension ServeConfiguration {
    /// What the file says of the doors' limits; what it does not say is the doors' own.
    static func limits(
        _ file: ServeConfigurationFile, _ choice: inout SettingChoice
    ) throws(ServeConfigurationError) -> DoorLimits {
        let written = file.limits?.value
        var limits = DoorLimits()
        limits.bodySize = try number("bodySize", written?.bodySize, limits.bodySize, 1024...(64 << 20), &choice)
        limits.bodiesSize = try number("bodiesSize", written?.bodiesSize, limits.bodiesSize, limits.bodySize...(1 << 34), &choice)
        limits.headerSize = try number("headerSize", written?.headerSize, limits.headerSize, 1024...(1 << 20), &choice)
        limits.headerCount = try number("headerCount", written?.headerCount, limits.headerCount, 8...1024, &choice)
        limits.headerTime = try seconds("headerSeconds", written?.headerSeconds, limits.headerTime, &choice)
        limits.bodyTime = try seconds("bodySeconds", written?.bodySeconds, limits.bodyTime, &choice)
        limits.idleTime = try seconds("idleSeconds", written?.idleSeconds, limits.idleTime, &choice)
        limits.stallTime = try seconds("stallSeconds", written?.stallSeconds, limits.stallTime, &choice)
        limits.connections = try number("connections", written?.connections, limits.connections, many, &choice)
        limits.connectionsPerPeer = try number(
            "connectionsPerPeer", written?.connectionsPerPeer, limits.connectionsPerPeer, many, &choice)
        limits.requests = try number("requests", written?.requests, limits.requests, many, &choice)
        limits.waitingRequests = try number("waitingRequests", written?.waitingRequests, limits.waitingRequests, many, &choice)
        limits.closingTime = try seconds("closingSeconds", written?.closingSeconds, limits.closingTime, &choice)
        return limits
    }

    private static let many = 1...1_000_000

    private static func seconds(
        _ name: String, _ written: Int?, _ standard: Duration, _ choice: inout SettingChoice
    ) throws(ServeConfigurationError) -> Duration {
        .seconds(try number(name, written, Int(standard.components.seconds), 1...86_400, &choice))
    }

    private static func number(
        _ name: String, _ written: Int?, _ standard: Int, _ range: ClosedRange<Int>, _ choice: inout SettingChoice
    ) throws(ServeConfigurationError) -> Int {
        let value = choice.take("limits.\(name)", nil, written, else: standard)
        guard range.contains(value) else {
            throw .init(.unsuitable, "limits.\(name)", "\(value) is out of range", hint: "give \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
