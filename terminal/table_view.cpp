#include "terminal/table_view.hpp"

#include <utility>

#include "base/text.hpp"
#include "terminal/table.hpp"

namespace terminal {

TableView::TableView(const boost::asio::any_io_executor& executor, base::Clock& clock,
                     updates::Broadcast& broadcast)
    : TableView{executor, clock, clock, broadcast, nullptr} {}

TableView::TableView(const boost::asio::any_io_executor& executor, base::Clock& clock,
                     base::Clock& real, updates::Broadcast& broadcast,
                     std::function<std::string()> caption)
    : view_{executor, real,
            [&clock, &broadcast, caption = std::move(caption)](std::size_t columns,
                                                               std::size_t rows) {
                const std::size_t below = caption && rows > 1 ? 1 : 0;
                auto lines =
                    render_table(broadcast.snapshot(), clock.instant(), columns, rows - below);
                if (below > 0) {
                    lines.push_back(base::clip(caption(), columns));
                }
                return lines;
            }},
      subscription_{broadcast.listen([this](const updates::Message&) { view_.touch(); })} {}

}  // namespace terminal
