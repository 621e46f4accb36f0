/// The shape of every list: a page of items, where the next page begins, how many there are in all if that is known.
struct ListBody<Item: Encodable & Sendable>: Encodable, Sendable {
    var items: [Item]
    @OrNull var nextCursor: String?
    @OrNull var total: Int?

    init(_ items: [Item], nextCursor: String? = nil, total: Int?) {
        self.items = items
        self.nextCursor = nextCursor
        self.total = total
    }

    /// A list that is always answered whole.
    init(whole items: [Item]) { self.init(items, total: items.count) }
}
