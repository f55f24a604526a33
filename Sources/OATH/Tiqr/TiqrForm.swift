/// What tiqr's two posts have in common.
struct TiqrForm {
    private let fields: [String: String]

    /// Reads a form that has the fields in `known` and no strange ones.
    init(_ text: String, operation: String, known: Set<String>, maximum: Int) throws(OATHURIError) {
        guard text.utf8.count <= maximum else { throw .tooLong(maximum: maximum) }
        var fields: [String: String] = [:]
        for (name, value) in try PercentEncoding.parameters(of: text, space: .plus) {
            guard known.contains(name) || ["operation", "language", "notificationType", "notificationAddress"].contains(name) else {
                throw .unknown(name)
            }
            fields[name] = value
        }
        guard fields["operation"] == operation else { throw .value(of: "operation", expected: operation) }
        guard (fields["notificationType"] == nil) == (fields["notificationAddress"] == nil) else {
            throw .missing(fields["notificationType"] == nil ? "notificationType" : "notificationAddress")
        }
        self.fields = fields
    }

    func required(_ name: String) throws(OATHURIError) -> String {
        guard let value = fields[name], !value.isEmpty else { throw .missing(name) }
        return value
    }

    var language: String? { fields["language"] }

    var notification: (type: String, address: String)? {
        guard let type = fields["notificationType"], let address = fields["notificationAddress"] else { return nil }
        return (type, address)
    }

    static func text(
        _ fields: [(String, String)], language: String?, notification: (type: String, address: String)?, operation: String
    ) -> String {
        var all = fields
        if let language { all.append(("language", language)) }
        if let notification { all += [("notificationType", notification.type), ("notificationAddress", notification.address)] }
        all.append(("operation", operation))
        return all.map { $0 + "=" + PercentEncoding.encode($1, space: .plus) }.joined(separator: "&")
    }
}
