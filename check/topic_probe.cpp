#include "check/topic_probe.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/notify.hpp"
#include "beacon_api/node_client.hpp"
#include "sse/stream.hpp"
#include "updates/node_status.hpp"

namespace check {
namespace {

using Answer = FormLook::Answer;

/// One stream, for one form.
class FormStream final : public sse::StreamListener {
  public:
    FormStream(http::Client& client, base::Clock& clock, const http::Endpoint& node,
               const ProbeLimits& limits, FormLook& look, base::Notify& changed)
        : clock_{clock}, limits_{limits}, look_{look}, changed_{changed} {
        look_.answer = Answer::kConnecting;
        http::Endpoint endpoint = node;
        endpoint.url = beacon_api::events_url(node.url, topics_of(look.form));
        sse::StreamOptions options;
        options.connect_timeout = limits.connect;
        stream_ = std::make_unique<sse::Stream>(client, endpoint, options, *this);
    }

    void on_connected() override { become(Answer::kWaiting); }
    void on_open() override {
        look_.opened_after = clock_.now() - since_;
        become(Answer::kAccepted);
    }
    void on_bytes(base::Instant /*arrived*/) override {}
    void on_comment(std::string_view /*comment*/, base::Instant /*arrived*/) override {}

    void on_event(const sse::Event& event, base::Instant /*arrived*/) override {
        had_event_ = true;
        const bool is_head =
            event.type == (look_.form == updates::TopicSet::kHeadV2Full ? "head_v2" : "head");
        if (event.type == "error") {
            look_.end = {updates::StreamEndReason::kErrorEvent, "", 0};
            become(Answer::kFailed);
        } else if (is_head && look_.answer != Answer::kFailed) {
            become(Answer::kDelivered);
        }
    }

    void on_end(const http::TransferError& why) override {
        constexpr int kBadRequest = 400;
        // A form that delivered is served, however the stream ends.
        if (look_.answer == Answer::kDelivered || look_.answer == Answer::kFailed) {
            return;
        }
        const bool is_clean =
            why.reason == http::FailureReason::kEof || why.reason == http::FailureReason::kEmptyBody;
        look_.end = {monitor::end_reason_of(why.reason), why.detail, why.status};
        become(why.status == kBadRequest || (is_clean && !had_event_) ? Answer::kRefused
                                                                      : Answer::kFailed);
    }

    /// Until when to wait for this stream before the next form is asked beside; the beginning of
    /// time when there is nothing to wait for. The end of a connect attempt is curl's to tell.
    [[nodiscard]] base::MonoTime settled_at() const {
        switch (look_.answer) {
            case Answer::kConnecting:
                return base::MonoTime::max();
            case Answer::kWaiting:
                return since_ + limits_.header;
            case Answer::kAccepted:
                return since_ + limits_.settle;
            default:
                return base::MonoTime::min();
        }
    }

  private:
    void become(Answer answer) {
        look_.answer = answer;
        since_ = clock_.now();
        changed_.notify();
    }

    base::Clock& clock_;
    const ProbeLimits& limits_;
    FormLook& look_;
    base::Notify& changed_;
    base::MonoTime since_;
    bool had_event_ = false;
    std::unique_ptr<sse::Stream> stream_;
};

class Probe {
  public:
    Probe(http::Client& client, base::Clock& clock, const boost::asio::any_io_executor& executor,
          http::Endpoint node, ProbeLimits limits, std::array<FormLook, 3>& forms)
        : client_{client},
          clock_{clock},
          node_{std::move(node)},
          limits_{std::move(limits)},
          forms_{forms},
          changed_{executor} {}

    base::Task<void> run() {
        for (FormLook& form : forms_) {
            streams_.push_back(
                std::make_unique<FormStream>(client_, clock_, node_, limits_, form, changed_));
            co_await settle(*streams_.back());
            // What fails for another reason than its topics fails with others too.
            const bool is_enough = works() && !limits_.head_wait;
            if (is_enough || form.answer == Answer::kFailed) {
                break;
            }
        }
        if (limits_.head_wait) {
            co_await wait_for_head(clock_.now() + limits_.head_wait());
        }
    }

  private:
    /// Returns when this stream has said what it makes of its topics, or keeps quiet.
    base::Task<void> settle(const FormStream& stream) {
        while (clock_.now() < stream.settled_at()) {
            co_await change_until(stream.settled_at());
        }
    }

    [[nodiscard]] bool works() const {
        return std::any_of(forms_.begin(), forms_.end(),
                           [](const FormLook& form) { return form.works(); });
    }

    /// The richest form that can still deliver has done so, or none can.
    [[nodiscard]] bool is_head_decided() const {
        const auto first = std::find_if(forms_.begin(), forms_.end(), [](const FormLook& form) {
            return form.answer != Answer::kRefused && form.answer != Answer::kFailed &&
                   form.answer != Answer::kNotAsked;
        });
        return first == forms_.end() || first->answer == Answer::kDelivered;
    }

    base::Task<void> wait_for_head(base::MonoTime end) {
        while (clock_.now() < end && !is_head_decided()) {
            co_await change_until(end);
        }
    }

    base::Task<void> change_until(base::MonoTime end) {
        co_await base::run_first(changed_.wait(), clock_.sleep_until(end));
        (void)changed_.take();
    }

    http::Client& client_;
    base::Clock& clock_;
    http::Endpoint node_;
    ProbeLimits limits_;
    std::array<FormLook, 3>& forms_;
    base::Notify changed_;
    std::vector<std::unique_ptr<FormStream>> streams_;
};

}  // namespace

base::Task<void> probe_topics(http::Client& client, base::Clock& clock, http::Endpoint node,
                              ProbeLimits limits, std::array<FormLook, 3>& forms) {
    const auto executor = co_await base::asio::this_coro::executor;
    Probe probe{client, clock, executor, std::move(node), std::move(limits), forms};
    co_await probe.run();
}

}  // namespace check
