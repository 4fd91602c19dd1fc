#include "http/request_error.hpp"

#include <boost/beast/http/error.hpp>

namespace http {

int status_for(const boost::system::error_code& error) {
    using HttpError = boost::beast::http::error;
    if (error == HttpError::header_limit || error == HttpError::buffer_overflow) {
        return 431;
    }
    if (error == HttpError::body_limit) {
        return 413;
    }
    if (error == HttpError::end_of_stream || error == HttpError::partial_message) {
        return 0;
    }
    const boost::system::error_code any_http_error = HttpError::bad_method;
    return error.category() == any_http_error.category() ? 400 : 0;
}

std::string_view message_for(int status) {
    switch (status) {
        case 413:
            return "the request's body is too large";
        case 431:
            return "the request's headers are too large";
        default:
            return "bad request";
    }
}

}  // namespace http
