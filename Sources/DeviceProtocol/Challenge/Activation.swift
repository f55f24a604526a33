/// A device that is taken into use: what the person can compare with what they hold in their hand.
public struct Activation: Hashable, Sendable {
    /// The most bytes of each field.
    public static let limit = 64

    /// What kind of device it is: "Mobile".
    public let product: DisplayText
    /// Its serial number, or the name that the person gave it.
    public let device: DisplayText

    /// An activation of checked parts.
    ///
    /// - Throws: ``ContentError`` for text that cannot be shown whole and plainly.
    public init(product: String, device: String) throws(ContentError) {
        self.product = try DisplayText(product, field: "product", limit: Self.limit)
        self.device = try DisplayText(device, field: "device", limit: Self.limit)
    }
}
