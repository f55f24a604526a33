/// What a phone posts to tiqr's server: the code, and whose it is.
///
/// A form (`application/x-www-form-urlencoded`); source: Tiqr/tiqr-server-libphp, its protocol description.
public struct TiqrAnswer: Sendable, Equatable {
    /// The longest form that is read, in bytes.
    public static let maximumLength = 4096

    /// ``TiqrChallenge/sessionKey`` of what is answered.
    public let sessionKey: String
    /// The identity that answers, as the server named it at enrolment.
    public let userID: String
    /// The code.
    public let response: String
    /// In which language the server may speak, such as `en`.
    public let language: String?
    /// How the server could push the next challenge: kind and address.
    public let notification: (type: String, address: String)?

    /// An answer.
    public init(
        sessionKey: String, userID: String, response: String, language: String? = nil, notification: (type: String, address: String)? = nil
    ) {
        self.sessionKey = sessionKey
        self.userID = userID
        self.response = response
        self.language = language
        self.notification = notification
    }

    /// Reads a form; `operation` must be `login`.
    ///
    /// - Throws: ``OATHURIError``.
    public init(parsing form: String) throws(OATHURIError) {
        let fields = try TiqrForm(form, operation: "login", known: ["sessionKey", "userId", "response"], maximum: Self.maximumLength)
        self.init(
            sessionKey: try fields.required("sessionKey"), userID: try fields.required("userId"), response: try fields.required("response"),
            language: fields.language, notification: fields.notification)
    }

    /// The form that ``init(parsing:)`` reads.
    public var form: String {
        TiqrForm.text(
            [("sessionKey", sessionKey), ("userId", userID), ("response", response)], language: language, notification: notification,
            operation: "login")
    }

    /// Whether two answers are the same.
    public static func == (one: TiqrAnswer, other: TiqrAnswer) -> Bool { one.form == other.form }
}
